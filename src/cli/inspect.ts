import { type Command, Option } from 'commander';
import { helpText } from './examples.ts';

interface InspectOptions {
  graph?: 'dot' | 'mermaid';
  dialog?: string;
  json?: boolean;
}

export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .description('say what is in a bot: counts, languages, tasks, variables, who calls whom')
    .argument('<bot>', 'archive, folder, exploded folder or botDefinition.json')
    .addOption(
      new Option('--graph <language>', 'print who calls whom for Graphviz or Mermaid').choices([
        'dot',
        'mermaid',
      ]),
    )
    .option('--dialog <name>', 'only what this dialog reaches, and what reaches it')
    .addOption(new Option('--json', 'print everything as JSON').conflicts('graph'))
    .addHelpText(
      'after',
      helpText({
        notes: ['Of variables only the names are told, never what they are set to.'],
        examples: [
          'botport inspect bot.zip',
          'botport inspect my-bot --dialog "Block Card"',
          'botport inspect bot.zip --graph mermaid --dialog "Block Card"',
          'botport inspect bot.zip --graph dot > calls.dot',
        ],
      }),
    )
    .action(async (place: string, { graph, dialog, json }: InspectOptions) => {
      const [{ loadConfig }, { readLocalBot }, { takeSnapshot }, { inspect }] = await Promise.all([
        import('../config.ts'),
        import('../local/read-bot.ts'),
        import('../local/snapshot.ts'),
        import('../inspect/inspect.ts'),
      ]);
      const config = loadConfig(process.env);
      const bot = await readLocalBot(place, config);
      const inspection = await inspect(bot, await takeSnapshot(bot, config));
      const { around } = await import('../inspect/call-graph.ts');
      const shown = dialog === undefined ? inspection : around(inspection, dialog);
      if (json) {
        console.log(JSON.stringify({ ...inspection, ...shown }));
      } else if (graph === undefined) {
        const { describeBot, describeCalls } = await import('../inspect/describe.ts');
        const lines = dialog === undefined ? describeBot(inspection, place) : describeCalls(shown);
        console.log(lines.join('\n'));
      } else {
        await draw(graph, inspection.name, shown);
      }
    });
}

async function draw(
  language: 'dot' | 'mermaid',
  name: string,
  graph: import('../inspect/call-graph.ts').CallGraph,
): Promise<void> {
  const { mermaidLimits, toDot, toMermaid } = await import('../inspect/draw.ts');
  const text = language === 'dot' ? toDot(graph, name) : toMermaid(graph);
  process.stdout.write(text);
  const isLarge = graph.calls.length > mermaidLimits.edges || text.length > mermaidLimits.characters;
  if (language === 'mermaid' && isLarge && process.stderr.isTTY) {
    console.error(
      `${graph.calls.length} calls are more than Mermaid draws with its usual settings: ` +
        'raise its maxEdges and maxTextSize, or choose a part with --dialog.',
    );
  }
}
