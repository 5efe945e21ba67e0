import { sizes } from './benchmark.ts';
import { sequenceBenchmark } from './sequence.ts';

export default sequenceBenchmark('sequence-large', sizes.large, 500);
