import { sizes } from './benchmark.ts';
import { sequenceBenchmark } from './sequence.ts';

export default sequenceBenchmark('sequence-small', sizes.small, 1000);
