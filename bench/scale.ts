import { fileURLToPath } from 'node:url';
import { makeToken } from '../src/auth/make-token.ts';
import { createApp } from '../test/support/server.ts';
import { type Benchmark, type Figure, figure, ratio, withGoal } from './benchmark.ts';
import { fillStore, type StoreSize } from './fill-store.ts';
import { createHttpClient } from './http.ts';
import { type Server, withServer } from './server.ts';
import { type Contender, median, takeTurns } from './statistics.ts';

const small: StoreSize = { bots: 10, exports: 100 };
const large: StoreSize = { bots: 100_000, exports: 1_000_000 };

const starts = 7;
const rounds = 300;
/** Bots on a page: as many as the small store has. */
const page = small.bots;

const sample = fileURLToPath(new URL('../samples/tiny/botDefinition.json', import.meta.url));

interface Store {
  name: string;
  size: StoreSize;
  server: Server;
  bots: string[];
  /** Milliseconds from the start of the process until it listens, of each start. */
  starts: number[];
  /** Token of an app that is limited to the bots of the store, each by its id. */
  limited: string;
}

const benchmark: Benchmark = {
  name: 'scale',
  what: `a store of ${large.bots} bots and ${large.exports} exports against one of ${small.bots} and ${small.exports}`,
  run: () =>
    withServer((one) =>
      withServer(async (other) => {
        const stores = [await makeStore('small', small, one), await makeStore('large', large, other)];
        for (let round = 1; round < starts; round += 1) {
          for (const store of stores) store.starts.push(await store.server.restart());
        }
        return [...startFigures(stores), ...(await callFigures(stores))];
      }),
    ),
};
export default benchmark;

async function makeStore(name: string, size: StoreSize, server: Server): Promise<Store> {
  const dataFolder = `${server.folder}/data`;
  const botId = await server.importUploaded(await server.upload(sample));
  await server.exportBot(botId);
  let bots: string[] = [];
  const first = await server.restart(() => {
    ({ bots } = fillStore(dataFolder, size));
  });
  const app = await createApp(dataFolder, { bots });
  const limited = await makeToken({ ...app, lifetimeSeconds: 86_400 });
  return { name, size, server, bots, starts: [first], limited };
}

function startFigures(stores: Store[]): Figure[] {
  const times = new Map(stores.map(({ name, starts }) => [name, median(starts)]));
  return compared('start', times, 'process start to ready').map((one) =>
    one.what === 'start: large' ? withGoal(one, 7, 'most', 1000) : one,
  );
}

async function callFigures(stores: Store[]): Promise<Figure[]> {
  const client = createHttpClient(1);
  try {
    const calls: Record<string, (store: Store, bot: string) => Promise<unknown>> = {
      'list, first page': ({ server }) => list(server, server.token, 0),
      'list, middle page': ({ server, size }) => list(server, server.token, Math.floor(size.bots / page / 2)),
      'list, last page': ({ server, size }) => list(server, server.token, size.bots / page - 1),
      'export, POST to success': ({ server }, bot) => server.exportBot(bot, newBody()),
      status: ({ server }, bot) => status(server, server.token, bot),
      download: async ({ server }, bot) =>
        server.download((await status(server, server.token, bot)).downloadURL),
      'list, first page, app with a list of bots': ({ server, limited }) => list(server, limited, 0),
      'list, last page, app with a list of bots': ({ server, limited, size }) =>
        list(server, limited, size.bots / page - 1),
      'status, app with a list of bots': ({ server, limited }, bot) => status(server, limited, bot),
    };
    const figures: Figure[] = [];
    for (const [what, call] of Object.entries(calls)) {
      const contenders = stores.map(
        (store): Contender => ({ name: store.name, rounds, action: () => call(store, any(store)) }),
      );
      await takeTurns(contenders.map((contender) => ({ ...contender, rounds: rounds / 10 })));
      figures.push(...compared(what, await takeTurns(contenders)));
    }
    return figures;
  } finally {
    client.close();
  }

  async function list(server: Server, token: string, offset: number): Promise<void> {
    const { bots } = await get(server, token, `/api/public/bots?offset=${offset}&limit=${page}`);
    if (bots.length !== page) throw new Error(`page ${offset} has ${bots.length} bots`);
  }

  function status(server: Server, token: string, bot: string) {
    return get(server, token, `/api/public/bot/${bot}/export/status`);
  }

  async function get(server: Server, token: string, place: string) {
    return JSON.parse(String(await client.send('GET', `${server.url}${place}`, { auth: token })));
  }
}

let bodies = 0;

/** A body no request had before: an archive that was made already would be no measure of making one. */
function newBody(): object {
  bodies += 1;
  return {
    exportType: 'latest',
    exportOptions: { tasks: ['botTask'], options: { botVariables: { ignore: [`none${bodies}`] } } },
  };
}

/** Another bot each time, in no order, so that what is kept of the last ones is of little use. */
function any({ bots }: Store): string {
  return bots[Math.floor(Math.random() * bots.length)] ?? '';
}

function compared(what: string, times: Map<string, number>, note?: string): Figure[] {
  const of = (name: string) => times.get(name) ?? Number.NaN;
  return [
    figure(`${what}: small`, of('small'), 'ms', note),
    figure(`${what}: large`, of('large'), 'ms'),
    withGoal(ratio(`${what}: large / small`, of('large'), of('small')), 7, 'most', 1.2),
  ];
}
