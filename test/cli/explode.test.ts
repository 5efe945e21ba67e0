import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { makeZip } from '../archives/zip-kit.ts';
import { membersOf } from '../support/archive.ts';
import { sampleBots } from '../support/samples.ts';
import { botport, type Outcome } from './run.ts';

const launcher = fileURLToPath(new URL('../../bin/botport.js', import.meta.url));
const root = mkdtempSync(path.join(tmpdir(), 'botport-explode-'));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
/** The folder of the test at hand, and a place in it for the bot. */
let scratch: string;
let bot: string;
beforeEach(() => {
  count += 1;
  scratch = path.join(root, String(count));
  bot = path.join(scratch, 'bot');
  mkdirSync(scratch);
});

const dialog = (refId: string, more: object = {}) => ({
  refId,
  lname: `dialog ${refId}`,
  localeData: { en: { name: `Dialog ${refId}` } },
  ...more,
});
const script = { refId: 'c', name: 'checkUser', type: 'script', script: 'var%20a%20%3D%201%3B' };
const definitionOf = (dialogs: object[], more: object = {}) =>
  JSON.stringify({ _id: 'st-1', defaultLanguage: 'en', dialogs, ...more }, null, 4);
const config = '{"name":"A bot","envVariables":[]}';

function archiveOf(definition: string | Buffer, others: { name: string; content: string }[] = []): string {
  const file = path.join(scratch, `${readdirSync(scratch).length}.zip`);
  const members = [
    { name: 'botDefinition.json', content: definition },
    { name: 'config.json', content: config },
    ...others,
  ];
  writeFileSync(file, makeZip(members));
  return file;
}

const explode = (archive: string, folder = bot) => botport(['explode', archive, folder]);
const pack = (folder = bot, archive = path.join(scratch, 'packed.zip')) => botport(['pack', folder, archive]);
const packed = async () => membersOf(readFileSync(path.join(scratch, 'packed.zip')));
const good = { code: 0, stderr: '', stdout: expect.any(String) };

/** The files of a folder and their content. */
function contentOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => lstatSync(path.join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(path.join(folder, name), 'latin1')]));
}
const itemsOf = (section: string) => readdirSync(path.join(bot, 'definition', section)).sort();

function refused(outcome: Outcome, message: string): void {
  expect(outcome).toEqual({ code: 3, stdout: '', stderr: expect.not.stringMatching(/^\s+at /m) });
  expect(outcome.stderr).toContain(message);
}

describe('explode, then pack', () => {
  test.each(sampleBots())('gives back every member of $name', async ({ definition, config: itsConfig }) => {
    const scripts = [{ name: 'bot_functions.js', content: 'function f() {}\n' }];
    const members = [
      { name: 'botDefinition.json', content: definition },
      { name: 'config.json', content: itsConfig },
      { name: 'icon.png', content: '\u0089PNG' },
      ...scripts,
    ];
    const file = path.join(scratch, 'bot.zip');
    writeFileSync(file, makeZip(members));
    expect(await explode(file)).toEqual(good);
    const { code, stdout, stderr } = await pack();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/packed\.zip: \d+ bytes\n$/);
    const found = [...(await packed())].map(([name, content]) => ({ name, content: String(content) }));
    expect(found).toEqual(members.map(({ name, content }) => ({ name, content: String(content) })));
  });

  test('keeps the order of members, and the name of the definition', async () => {
    const members = [
      { name: 'functions (1).js', content: '1' },
      { name: 'config.json', content: config },
      { name: 'appDefinition.json', content: definitionOf([dialog('a')]) },
    ];
    const file = path.join(scratch, 'bot.zip');
    writeFileSync(file, makeZip(members));
    await explode(file);
    await pack();
    expect([...(await packed()).keys()]).toEqual(members.map(({ name }) => name));
  });

  test('gives the same archive each time', async () => {
    await explode(archiveOf(definitionOf([dialog('a')])));
    await pack(bot, path.join(scratch, 'one.zip'));
    await pack(bot, path.join(scratch, 'two.zip'));
    const [one, two] = ['one', 'two'].map((name) => readFileSync(path.join(scratch, `${name}.zip`)));
    expect(one).toEqual(two);
  });

  test('says what was done as JSON with --json', async () => {
    const archive = archiveOf(definitionOf([dialog('a')]));
    const exploded = await botport(['explode', archive, bot, '--json']);
    expect(JSON.parse(exploded.stdout)).toEqual({ folder: bot, written: 5, removed: 0, unchanged: 0 });
    const target = path.join(scratch, 'packed.zip');
    const { stdout } = await botport(['pack', bot, target, '--json']);
    expect(JSON.parse(stdout)).toEqual({ file: target, size: readFileSync(target).length });
  });

  test('takes edits along', async () => {
    await explode(archiveOf(definitionOf([], { dialogComponents: [script] })));
    const [, name = ''] = itemsOf('dialogComponents');
    const file = path.join(bot, 'definition/dialogComponents', name);
    expect(readFileSync(file, 'utf8')).toBe('var a = 1;\n');
    writeFileSync(file, 'var a = 2;\n');
    await pack();
    const text = String((await packed()).get('botDefinition.json'));
    expect(text).toBe(
      definitionOf([], { dialogComponents: [{ ...script, script: 'var%20a%20%3D%202%3B' }] }),
    );
  });
});

test('git shows a changed script as the lines that changed', async ({ skip }) => {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: bot, encoding: 'utf8' });
  mkdirSync(bot);
  try {
    git('init', '--quiet');
  } catch {
    skip('needs git');
  }
  const withScript = (text: string) =>
    archiveOf(definitionOf([], { dialogComponents: [{ ...script, script: encodeURIComponent(text) }] }));
  await explode(withScript('var a = 1;\r\nvar b = 2;\r\nvar c = 3;'));
  git('config', 'core.autocrlf', 'true');
  git('add', '--all');
  await explode(withScript('var a = 1;\r\nvar b = 22;\r\nvar c = 3;'));
  expect(git('diff', '--numstat')).toMatch(
    /^1\t1\tdefinition\/dialogComponents\/check-user-.*\.script\.js\n$/,
  );
  rmSync(path.join(bot, 'definition'), { recursive: true });
  git('checkout', '--', '.');
  await pack();
  expect(String((await packed()).get('botDefinition.json'))).toContain(
    '1%3B%0D%0Avar%20b%20%3D%202%3B%0D%0A',
  );
});

describe('explode into the folder of an earlier one', () => {
  const longAgo = new Date('2001-01-01');
  const timeOf = (file: string) => lstatSync(path.join(bot, file)).mtime;
  const makeOld = () => {
    for (const file of Object.keys(contentOf(bot))) utimesSync(path.join(bot, file), longAgo, longAgo);
  };

  test('leaves the same folder as into a new one', async () => {
    const [first, second] = [
      archiveOf(definitionOf([dialog('a'), dialog('b')], { forms: [dialog('f')], botEvents: { a: 1 } }), [
        { name: 'old.js', content: '1' },
      ]),
      archiveOf(definitionOf([dialog('b', { x: 1 })], { dialogComponents: [script] })),
    ];
    await explode(first);
    const { stdout } = await explode(second);
    expect(stdout).toBe(`${bot}: 7 files written, 5 removed, 1 unchanged\n`);
    const fresh = path.join(scratch, 'fresh');
    await explode(second, fresh);
    expect(contentOf(bot)).toEqual(contentOf(fresh));
    expect(existsSync(path.join(bot, 'definition/forms'))).toBe(false);
  });

  test('does not touch files that stay as they are', async () => {
    await explode(archiveOf(definitionOf([dialog('a'), dialog('b')])));
    makeOld();
    await explode(archiveOf(definitionOf([dialog('a'), dialog('b', { x: 1 })])));
    const files = Object.keys(contentOf(bot));
    const touched = files.filter((file) => timeOf(file).getTime() !== longAgo.getTime());
    expect(touched).toEqual([expect.stringMatching(/^definition\/dialogs\/dialog-b-/)]);
  });

  test('touches nothing where nothing changed', async () => {
    const archive = archiveOf(definitionOf([dialog('a')]));
    await explode(archive);
    makeOld();
    expect((await explode(archive)).stdout).toContain('0 files written, 0 removed, 5 unchanged');
    expect(Object.keys(contentOf(bot)).filter((file) => timeOf(file) > longAgo)).toEqual([]);
  });

  test('leaves files that are not the bot’s where they are, beside its own', async () => {
    await explode(archiveOf(definitionOf([dialog('a')], { forms: [dialog('f')] })));
    const notes = ['README.md', 'package.json', 'definition/forms/notes.md', 'definition/dialogs/mine.json'];
    for (const note of notes) writeFileSync(path.join(bot, note), note);
    writeFileSync(path.join(bot, '.gitattributes'), 'mine');
    expect(await explode(archiveOf(definitionOf([dialog('b')])))).toEqual(good);
    for (const note of notes) expect(readFileSync(path.join(bot, note), 'utf8')).toBe(note);
    expect(readFileSync(path.join(bot, '.gitattributes'), 'utf8')).toBe('mine');
    expect(itemsOf('forms')).toEqual(['notes.md']);
  });

  test('changes nothing at all where such a file is in the way', async () => {
    const archive = archiveOf(definitionOf([dialog('a')]), [{ name: 'x.js', content: '1' }]);
    await explode(archiveOf(definitionOf([dialog('b')])));
    writeFileSync(path.join(bot, 'x.js'), 'mine');
    const before = contentOf(bot);
    refused(await explode(archive), 'A file that is not of the bot is in the way: x.js');
    expect(contentOf(bot)).toEqual(before);
  });

  test('ends what an explode that was broken off began', async () => {
    const [first, second] = [archiveOf(definitionOf([dialog('a')])), archiveOf(definitionOf([dialog('b')]))];
    const fresh = path.join(scratch, 'fresh');
    await explode(first, fresh);
    await explode(first);
    await explode(second);
    const [item = ''] = itemsOf('dialogs');
    // As if it had been broken off within a file of the second bot, before anything named it.
    await explode(first);
    writeFileSync(path.join(bot, 'definition/dialogs', item), '{');
    writeFileSync(
      path.join(bot, 'botport.unfinished'),
      JSON.stringify([`definition/dialogs/${item}`, 'README.md']),
    );
    writeFileSync(path.join(bot, 'README.md'), 'mine');
    refused(await pack(), 'botport.unfinished: an explode was broken off here');
    await explode(first);
    expect(readFileSync(path.join(bot, 'README.md'), 'utf8')).toBe('mine');
    unlinkSync(path.join(bot, 'README.md'));
    expect(contentOf(bot)).toEqual(contentOf(fresh));
  });
});

test('an explode that is killed leaves nothing that the next one does not know', async () => {
  const [sample] = sampleBots();
  const [first, second] = [archiveOf(sample?.definition ?? ''), archiveOf(definitionOf([dialog('b')]))];
  const fresh = path.join(scratch, 'fresh');
  await explode(second, fresh);
  for (const wait of [0, 20, 60]) {
    const child = spawn(process.execPath, [launcher, 'explode', first, bot], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    while (child.exitCode === null && !existsSync(path.join(bot, 'botport.unfinished'))) await setTimeout(1);
    await setTimeout(wait);
    child.kill('SIGKILL');
    await ended;
    expect(await explode(second)).toEqual(good);
    expect(contentOf(bot)).toEqual(contentOf(fresh));
    rmSync(bot, { recursive: true });
  }
});

describe('explode stays in its folder', () => {
  const archive = () => archiveOf(definitionOf([dialog('a')], { dialogComponents: [script] }));

  test('takes an empty folder, and the folder of a new repository', async () => {
    mkdirSync(path.join(bot, '.git'), { recursive: true });
    expect(await explode(archive())).toEqual(good);
  });

  test('refuses a folder with anything in it', async () => {
    mkdirSync(bot);
    writeFileSync(path.join(bot, 'thesis.tex'), '');
    refused(await explode(archive()), `The folder is not one that explode made: ${bot} is not empty`);
    expect(readdirSync(bot)).toEqual(['thesis.tex']);
  });

  test('refuses a folder whose marker is somebody else’s', async () => {
    mkdirSync(bot);
    writeFileSync(path.join(bot, 'botport.json'), '{"port": 8080}');
    refused(await explode(archive()), 'The folder is not a whole bot: botport.json: ');
    expect(readdirSync(bot)).toEqual(['botport.json']);
  });

  test('writes no file of a bot with nasty names anywhere else', async () => {
    const nasty = ['../../x', '/etc/x', 'C:\\x', 'CON', '..', '.', '', '\u0000', 'index.txt'];
    const sections = nasty.map((name) => [name, [{ refId: name, name, script: 'a%3B' }]] as const);
    const definition = definitionOf([], Object.fromEntries(sections));
    expect(await explode(archiveOf(definition))).toEqual(good);
    expect(readdirSync(scratch).sort()).toEqual(['0.zip', 'bot']);
    await pack();
    expect(String((await packed()).get('botDefinition.json'))).toBe(definition);
  });

  test.each(['definition', 'definition/dialogs', 'definition/forms'])(
    'refuses to go through a link at %s',
    async (place) => {
      const victim = path.join(scratch, 'victim');
      mkdirSync(victim);
      writeFileSync(path.join(victim, 'index.txt'), 'a.json');
      writeFileSync(path.join(victim, 'a.json'), '{}');
      await explode(archive());
      rmSync(path.join(bot, place), { recursive: true, force: true });
      symlinkSync(victim, path.join(bot, place));
      const other = archiveOf(definitionOf([dialog('b')], { forms: [dialog('f')] }));
      refused(await explode(other), `The folder is not safe to work in: ${place} is a link`);
      expect(contentOf(victim)).toEqual({ 'index.txt': 'a.json', 'a.json': '{}' });
    },
  );

  test('refuses to write through a link in place of a file', async () => {
    const victim = path.join(scratch, 'victim.json');
    writeFileSync(victim, 'mine');
    await explode(archive());
    unlinkSync(path.join(bot, 'config.json'));
    symlinkSync(victim, path.join(bot, 'config.json'));
    refused(await explode(archive()), 'config.json is a link');
    expect(readFileSync(victim, 'utf8')).toBe('mine');
  });

  test('does not write into a file that has another name elsewhere', async () => {
    await explode(archive());
    const [item = ''] = itemsOf('dialogs');
    const elsewhere = path.join(scratch, 'elsewhere.json');
    linkSync(path.join(bot, 'definition/dialogs', item), elsewhere);
    const before = readFileSync(elsewhere, 'utf8');
    await explode(archiveOf(definitionOf([dialog('a', { changed: true })])));
    expect(readFileSync(elsewhere, 'utf8')).toBe(before);
  });

  test('removes nothing that a forged list names outside of it', async () => {
    await explode(archive());
    const victim = path.join(scratch, 'victim.json');
    writeFileSync(victim, 'mine');
    const forged = ['../../../victim.json', victim, 'victim.json'].join('\n');
    writeFileSync(path.join(bot, 'definition/dialogs/index.txt'), forged);
    const definition = readFileSync(path.join(bot, 'definition.json'), 'utf8');
    writeFileSync(path.join(bot, 'definition.json'), definition.replace('"dialogs"}', '"../.."}'));
    writeFileSync(
      path.join(bot, 'botport.unfinished'),
      JSON.stringify(['../victim.json', victim, 'definition/../../victim.json']),
    );
    await explode(archiveOf(definitionOf([dialog('b')])));
    expect(readFileSync(victim, 'utf8')).toBe('mine');
  });

  test('leaves nothing behind where the archive is none, or holds no definition that is one', async () => {
    const broken = path.join(scratch, 'broken.zip');
    writeFileSync(broken, '<html>');
    refused(await explode(broken), 'The file is not a readable zip archive');
    refused(await explode(archiveOf('{"dialogs": [')), 'The file is not valid JSON');
    refused(await explode(path.join(scratch, 'none.zip')), 'ENOENT');
    expect(existsSync(bot)).toBe(false);
  });
});

describe('pack refuses', () => {
  beforeEach(async () => {
    await explode(archiveOf(definitionOf([dialog('a')], { dialogComponents: [script] })));
  });
  const write = (file: string, text: string) => writeFileSync(path.join(bot, file), text);

  test('a folder that is no exploded bot', async () => {
    refused(await pack(scratch), 'The folder is not one that explode made');
    refused(await pack(path.join(scratch, 'none')), 'ENOENT');
  });

  test('a list that names a file outside of its folder', async () => {
    write('definition/dialogs/index.txt', '../../config.json\n');
    refused(await pack(), 'definition/dialogs/index.txt, line 1: expected the name of a .json file');
  });

  test('a link in place of an item, whatever it leads to', async () => {
    const [item = ''] = itemsOf('dialogs');
    unlinkSync(path.join(bot, 'definition/dialogs', item));
    symlinkSync('/etc/hostname', path.join(bot, 'definition/dialogs', item));
    refused(await pack(), `definition/dialogs/${item} is a link`);
  });

  test('an item that no list names, and leaves the archive of before', async () => {
    const target = path.join(scratch, 'packed.zip');
    writeFileSync(target, 'before');
    write('definition/dialogs/new.json', '{}');
    refused(await pack(), 'definition/dialogs/new.json is named nowhere');
    expect(readFileSync(target, 'utf8')).toBe('before');
    expect(readdirSync(scratch).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  test('an item that is no JSON, naming it', async () => {
    const [item = ''] = itemsOf('dialogs');
    write(`definition/dialogs/${item}`, '{"a": }');
    refused(await pack(), `The file is not valid JSON: definition/dialogs/${item}`);
  });

  test.each([
    ['that leaves the archive', '../x.js', 'leaves its folder'],
    ['with a folder', 'a/x.js', 'is a path'],
    ['that is no part of an export', 'x.exe', 'is no part of an export'],
  ])('a member %s', async (_what, name, message) => {
    const marker = JSON.parse(readFileSync(path.join(bot, 'botport.json'), 'utf8'));
    write('x.js', '');
    write(
      'botport.json',
      JSON.stringify({ ...marker, members: [...marker.members, { name, file: 'x.js' }] }),
    );
    refused(await pack(), message);
  });

  test('more than BOTPORT_MAX_UNPACKED', async () => {
    write('config.json', 'x'.repeat(5000));
    const outcome = await botport(['pack', bot, path.join(scratch, 'packed.zip')], {
      BOTPORT_MAX_UNPACKED: '4kB',
    });
    refused(outcome, 'BOTPORT_MAX_UNPACKED');
  });
});

test.each([
  ['explode without a folder', ['explode', 'bot.zip']],
  ['pack without an archive', ['pack', 'bot']],
  ['an unknown option', ['explode', 'bot.zip', 'bot', '--force']],
])('%s is wrong use and ends with 2', async (_what, args) => {
  expect(await botport(args)).toMatchObject({ code: 2, stdout: '' });
});
