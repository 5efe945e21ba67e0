import { type Benchmark, type Figure, figure, sizes } from './benchmark.ts';
import { withServer } from './server.ts';

export default {
  name: 'memory',
  what: 'the most memory the server holds (peak RSS), in a fresh process for each size',
  async run() {
    const figures: Figure[] = [];
    for (const bytes of Object.values(sizes)) {
      const size = `${bytes / 1e6} MB`;
      await withServer(async (server) => {
        const before = server.peakMemory();
        const botId = await server.importGenerated(bytes);
        const importing = server.peakMemory();
        server.forgetPeak();
        await server.download(await server.exportBot(botId));
        figures.push(
          figure(`${size}: started`, before / 1e6, 'MB'),
          figure(`${size}: upload and import`, importing / 1e6, 'MB'),
          figure(`${size}: export and download`, server.peakMemory() / 1e6, 'MB', 'right after the import'),
        );
      });
    }
    return figures;
  },
} satisfies Benchmark;
