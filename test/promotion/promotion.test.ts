import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { appTokens } from '../../src/client/token.ts';
import { loadConfig } from '../../src/config.ts';
import { type Environment, emptyEnvironment } from '../../src/environment/environment.ts';
import { applyLater, applyPlan, type Promoted } from '../../src/promotion/apply-plan.ts';
import { makePlan, type Promoting } from '../../src/promotion/make-plan.ts';
import { type PromotionPlan, promotionPlan, type WantedPromotion } from '../../src/promotion/plan.ts';
import { readPlan, writePlan } from '../../src/promotion/plan-file.ts';
import { botThatSays, folders, type Host, startHost } from '../backup/kit.ts';
import { membersOf, withoutRewritten } from '../support/archive.ts';
import { sampleBots } from '../support/samples.ts';
import { exportBot, importedBot, type Json, replaceDraft } from '../support/server.ts';
import { plainHost } from './plain-host.ts';

const newFolder = folders();
let dev: Host;
let prod: Host;

beforeAll(async () => {
  [dev, prod] = await Promise.all([startHost(), startHost()]);
});
afterAll(async () => {
  await Promise.all([dev.server.close(), prod.server.close()]);
});

const usual = { from: 'dev', to: 'prod', type: 'latest', choice: {}, keepId: false, publish: null } as const;
const want = (bot: string, more: Partial<WantedPromotion> = {}): WantedPromotion => ({
  ...usual,
  bot,
  into: undefined,
  isNew: false,
  environment: undefined,
  ...more,
});
const between = (environment?: Environment, target = prod.client): Promoting => ({
  source: dev.client,
  target,
  environment,
  limits: loadConfig({}),
});

/** Plans and applies at once, as without --plan. */
async function promote(
  wanted: WantedPromotion,
  how = between(),
): Promise<Promoted & { plan: PromotionPlan }> {
  const planned = await makePlan(wanted, how);
  return { ...(await applyPlan(planned, how, newFolder())), plan: planned.plan };
}

async function contentOf(on: Host, id: string, body: Json = { exportType: 'latest' }) {
  const members = await membersOf((await exportBot(on.admin, id, body)).archive);
  return Object.fromEntries(
    [...members].map(([name, content]) => [
      name,
      name === 'botDefinition.json' ? withoutRewritten(String(content)) : String(content),
    ]),
  );
}

/** The same bot on both hosts, under two ids, of which the one on dev was worked on. */
async function pair(name: string): Promise<{ here: string; there: string }> {
  const here = await dev.add(name, 'worked on');
  const there = await prod.add(name, 'as it was');
  return { here, there };
}

const definitionOf = async (on: Host, id: string) =>
  JSON.parse(String((await membersOf((await exportBot(on.admin, id)).archive)).get('botDefinition.json')));

describe('a promotion', () => {
  test('gives the target what the source exports, and finds nothing to do the second time', async () => {
    const { here, there } = await pair('Law');
    const done = await promote(want(here));
    expect(done).toMatchObject({ botId: there, imported: true, published: false });
    expect(await contentOf(prod, there)).toEqual(await contentOf(dev, here));
    const again = await promote(want(here));
    expect(again).toMatchObject({ imported: false, plan: { changes: false } });
  });

  test('of a large bot does the same', async () => {
    const [bank] = sampleBots();
    if (!bank) throw new Error('the sample bot is missing');
    const here = await importedBot(dev.server, dev.admin, bank);
    const edited = JSON.parse(String(bank.definition));
    edited.dialogs[0].localeData.en.desc = 'Greets the customer';
    await replaceDraft(dev.server, dev.admin, here, { ...bank, definition: JSON.stringify(edited, null, 4) });
    const there = await importedBot(prod.server, prod.admin, bank);
    const { plan } = await promote(want(here));
    expect(plan.plan?.counts).toMatchObject({ replaced: 1, created: 0, deleted: 0 });
    expect(await contentOf(prod, there)).toEqual(await contentOf(dev, here));
    expect((await makePlan(want(here), between())).plan.changes).toBe(false);
  });

  test('takes the published version, unless told otherwise, and publishes it there', async () => {
    const { here, there } = await pair('Released');
    await dev.publish(here);
    await dev.edit(here, 'Released', 'in the making');
    const wanted = want(here, { type: 'published', publish: 'Release 7' });
    expect(await promote(wanted)).toMatchObject({ imported: true, published: true });
    expect(await contentOf(prod, there, { exportType: 'published' })).toEqual(
      await contentOf(dev, here, { exportType: 'published' }),
    );
    expect((await prod.client.versions.list(there))[0]?.comment).toBe('Release 7');
    expect((await makePlan(wanted, between())).plan.changes).toBe(false);
  });

  test('publishes where only that is left to do', async () => {
    const { here, there } = await pair('Left over');
    await promote(want(here));
    expect(await promote(want(here, { publish: 'Now' }))).toMatchObject({ imported: false, published: true });
    expect(await prod.client.versions.list(there)).toHaveLength(1);
    expect(await prod.client.bots.drafts(there)).toHaveLength(2);
  });

  test('of chosen parts leaves the others of the target alone', async () => {
    const [bank] = sampleBots();
    if (!bank) throw new Error('the sample bot is missing');
    const here = await importedBot(dev.server, dev.admin, bank);
    const edited = JSON.parse(String(bank.definition));
    for (const dialog of edited.dialogs) dialog.localeData.en.desc = 'edited';
    const gone = edited.sentences.findIndex(({ taskName }: { taskName: string }) =>
      /block.?card/i.test(taskName),
    );
    edited.sentences.splice(gone, 1);
    edited.color = '#000000';
    await replaceDraft(dev.server, dev.admin, here, { ...bank, definition: JSON.stringify(edited, null, 4) });
    const there = await importedBot(prod.server, prod.admin, bank);
    const before = await definitionOf(prod, there);
    const choice = {
      exportOptions: { tasks: ['botTask'], nlpData: ['utterances', 'patterns'] },
      subTasks: { dialogs: ['Block Card'] },
      IncludeDependentTasks: true,
    };
    const wanted = want(here, { into: there, choice });
    expect((await promote(wanted)).imported).toBe(true);
    const after = await definitionOf(prod, there);
    const changed = after.dialogs.filter(
      ({ localeData }: { localeData: { en: { desc: string } } }) => localeData.en.desc === 'edited',
    );
    expect(changed.map(({ lname }: { lname: string }) => lname)).toContain('block card');
    expect(changed.length).toBe(4);
    expect(after.dialogs).toHaveLength(before.dialogs.length);
    expect(after.sentences).toHaveLength(before.sentences.length - 1);
    expect(after.color).toBe(before.color);
    expect((await makePlan(wanted, between())).plan.changes).toBe(false);
  });

  test('makes a new bot, under the same id where that is asked for', async () => {
    const here = await dev.add('Newcomer');
    const done = await promote(want(here, { isNew: true, keepId: true }));
    expect(done).toMatchObject({ botId: here, imported: true, back: undefined });
    expect(await contentOf(prod, here)).toEqual(await contentOf(dev, here));
    await expect(makePlan(want(here, { isNew: true }), between())).rejects.toMatchObject({
      type: 'promotion_target',
    });
  });

  test('finds the bot of the same id before one of the same name', async () => {
    const here = await dev.add('Twin');
    await promote(want(here, { isNew: true, keepId: true }));
    await prod.add('Twin');
    expect((await makePlan(want(here), between())).plan.into?.id).toBe(here);
  });

  test('is refused where no bot there is meant, or several may be', async () => {
    const here = await dev.add('Ambiguous');
    await expect(makePlan(want(here), between())).rejects.toMatchObject({ type: 'promotion_target' });
    await prod.add('Ambiguous');
    await prod.add('Ambiguous');
    await expect(makePlan(want(here), between())).rejects.toMatchObject({ type: 'promotion_target' });
  });

  test('says how to go back, and that is right', async () => {
    const { here, there } = await pair('Way back');
    const before = await contentOf(prod, there);
    const { back } = await promote(want(here));
    expect(back).toBe(`botport rollback ${there} --to-draft 1 --host prod`);
    await prod.client.bots.rollBack(there, { draft: 1 });
    expect(await contentOf(prod, there)).toEqual(before);
  });
});

describe('an environment', () => {
  const config = (host: string, key: string) => ({
    name: 'Env',
    envVariables: [
      { key: 'apiHost', value: host },
      { key: 'apiKey', value: key },
    ],
  });
  const environment: Environment = {
    ...emptyEnvironment,
    variables: new Map([['apiHost', 'https://prod.example']]),
    secrets: new Map([['API_KEY', 'hunter2-very-secret']]),
    urls: new Map([['https://dev.example', 'https://prod.example']]),
  };

  test('is in what comes in, and promoting again finds nothing to do', async () => {
    const says = 'see https://dev.example/help with (botport-secret.API_KEY)';
    const here = await importedBot(
      dev.server,
      dev.admin,
      botThatSays('Env', says, config('https://dev.example', '')),
    );
    const there = await importedBot(
      prod.server,
      prod.admin,
      botThatSays('Env', 'old', config('https://prod.example', '')),
    );
    const wanted = want(here, { environment: 'prod.yaml' });
    const { plan } = await promote(wanted, between(environment));
    expect(plan.environment).toMatchObject({
      variables: ['apiHost'],
      urls: { 'https://dev.example': 1 },
      secrets: { API_KEY: 1 },
    });
    const definition = await definitionOf(prod, there);
    expect(definition.dialogs[0].localeData.en.desc).toBe(
      'see https://prod.example/help with hunter2-very-secret',
    );
    expect(JSON.stringify(await contentOf(prod, there))).toContain('https://prod.example');
    expect((await makePlan(wanted, between(environment))).plan.changes).toBe(false);
  });

  test.each(['a Botport server', 'any other host'])('leaves no secret in the plan, for %s', async (kind) => {
    const name = `Secret for ${kind}`;
    const says = 'with (botport-secret.API_KEY)';
    const here = await importedBot(dev.server, dev.admin, botThatSays(name, says));
    await prod.add(name, 'old');
    const host = await plainHost(prod.server);
    try {
      const plain = createClient({ host: host.url, token: appTokens(prod.app) });
      const target = kind === 'any other host' ? plain : prod.client;
      const { plan } = await makePlan(want(here, { environment: 'prod.yaml' }), between(environment, target));
      expect(plan.changes).toBe(true);
      expect(JSON.stringify(plan)).not.toContain('hunter2');
    } finally {
      await host.close();
    }
  });
});

describe('a plan in a file', () => {
  async function planned(name: string, more: Partial<WantedPromotion> = {}) {
    const { here, there } = await pair(name);
    const file = path.join(newFolder(), 'plan.json');
    writePlan(file, (await makePlan(want(here, more), between())).plan);
    return { here, there, plan: readPlan(file) };
  }

  test('is done exactly, later', async () => {
    const { here, there, plan } = await planned('Later');
    await applyLater(plan, between(), newFolder());
    expect(await contentOf(prod, there)).toEqual(await contentOf(dev, here));
  });

  test('is refused when the source has moved, and nothing is changed', async () => {
    const { here, there, plan } = await planned('Moved source');
    await dev.edit(here, 'Moved source', 'later still');
    const before = await prod.client.bots.drafts(there);
    await expect(applyLater(plan, between(), newFolder())).rejects.toMatchObject({ type: 'promotion_moved' });
    expect(await prod.client.bots.drafts(there)).toEqual(before);
  });

  test('is refused when the target has moved, and nothing is changed', async () => {
    const { there, plan } = await planned('Moved target');
    await prod.edit(there, 'Moved target', 'by somebody else');
    const before = await prod.client.bots.drafts(there);
    await expect(applyLater(plan, between(), newFolder())).rejects.toMatchObject({ type: 'promotion_moved' });
    expect(await prod.client.bots.drafts(there)).toEqual(before);
  });

  test('is refused when the environment is another', async () => {
    const { plan } = await planned('Moved environment', { environment: 'prod.yaml' });
    const environment = { ...emptyEnvironment, urls: new Map([['https://x.example', 'https://y.example']]) };
    await expect(
      applyLater(
        { ...plan, source: { digest: 'of another environment' } },
        between(environment),
        newFolder(),
      ),
    ).rejects.toMatchObject({ type: 'promotion_moved' });
  });

  test('that was done already is refused, not done twice', async () => {
    const { plan } = await planned('Twice');
    await applyLater(plan, between(), newFolder());
    await expect(applyLater(plan, between(), newFolder())).rejects.toMatchObject({ type: 'promotion_moved' });
  });

  test('has to be one', () => {
    const file = path.join(newFolder(), 'plan.json');
    for (const text of ['{', '[]', '{"format": 2}']) {
      writePlan(file, JSON.parse(text === '{' ? '{}' : text));
      expect(() => readPlan(file)).toThrow(expect.objectContaining({ type: 'promotion_plan_invalid' }));
    }
    expect(() => readPlan('/nonexistent')).toThrow(
      expect.objectContaining({ type: 'promotion_plan_invalid' }),
    );
  });
});

describe('a target that makes no plans', () => {
  let plain: { url: string; close(): Promise<void> };
  let target: Promoting['target'];
  beforeAll(async () => {
    plain = await plainHost(prod.server);
    target = createClient({ host: plain.url, token: appTokens(prod.app) });
  });
  afterAll(() => plain.close());

  test('is compared here, and gets what the source exports; what it had is in a file', async () => {
    const { here, there } = await pair('Plain');
    const before = (await exportBot(prod.admin, there)).archive;
    const folder = newFolder();
    const planned = await makePlan(want(here), between(undefined, target));
    expect(promotionPlan.parse(planned.plan)).toMatchObject({
      plan: null,
      difference: { same: false, counts: { changed: 1 } },
    });
    const { back } = await applyPlan(planned, between(undefined, target), folder);
    expect(await contentOf(prod, there)).toEqual(await contentOf(dev, here));
    const [file = ''] = readdirSync(folder);
    expect(back).toBe(`botport import ${path.join(folder, file)} --into ${there} --host prod`);
    expect(await membersOf((await import('node:fs')).readFileSync(path.join(folder, file)))).toEqual(
      await membersOf(before),
    );
    expect((await makePlan(want(here), between(undefined, target))).plan.changes).toBe(false);
  });

  test('that has moved since the plan is left alone', async () => {
    const { here, there } = await pair('Plain and moved');
    const { plan } = await makePlan(want(here), between(undefined, target));
    await prod.edit(there, 'Plain and moved', 'by somebody else');
    const folder = newFolder();
    await expect(applyLater(plan, between(undefined, target), folder)).rejects.toMatchObject({
      type: 'promotion_moved',
    });
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(true);
  });

  test('gets a task it does not have yet', async () => {
    const [bank] = sampleBots();
    if (!bank) throw new Error('the sample bot is missing');
    const here = await importedBot(dev.server, dev.admin, bank);
    const without = JSON.parse(String(bank.definition));
    without.dialogs = without.dialogs.filter(({ lname }: { lname: string }) => lname !== 'block card');
    const there = await importedBot(prod.server, prod.admin, {
      ...bank,
      definition: JSON.stringify(without, null, 4),
    });
    const choice = { exportOptions: { tasks: ['botTask'] }, subTasks: { dialogs: ['Block Card'] } };
    const { plan } = await promote(want(here, { into: there, choice }), between(undefined, target));
    expect(plan).toMatchObject({ difference: null, changes: true });
    const { dialogs } = await definitionOf(prod, there);
    expect(dialogs.map(({ lname }: { lname: string }) => lname)).toContain('block card');
  });
});

test('an import that is made and not published says so, and how to go back', async () => {
  const { here, there } = await pair('Halfway');
  const broken: Promoting['target'] = {
    ...prod.client,
    publishing: { ...prod.client.publishing, start: () => prod.client.publishing.start('st-unknown', 'x') },
  };
  await expect(promote(want(here, { publish: 'Release' }), between(undefined, broken))).rejects.toMatchObject(
    {
      type: 'promotion_unfinished',
      detail: expect.stringContaining(`To go back: botport rollback ${there} --to-draft 1 --host prod`),
    },
  );
  expect(await contentOf(prod, there)).toEqual(await contentOf(dev, here));
  expect(await promote(want(here, { publish: 'Release' }))).toMatchObject({
    imported: false,
    published: true,
  });
});
