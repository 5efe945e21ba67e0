import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { explodeArchive } from '../../src/exploded/explode.ts';
import { readLocalBot } from '../../src/local/read-bot.ts';
import { limits, scratchFolder, smallBot, writeBot, zipBot } from '../support/bot-files.ts';
import { pixel, smallDefinition } from '../support/server.ts';

const folder = scratchFolder();
const at = (name: string) => path.join(folder, name);
const read = (place: string) => readLocalBot(place, limits);
const failure = (type: string, detail: RegExp) =>
  expect.objectContaining({ type, message: expect.stringMatching(detail) });

const script = { 'bot_functions.js': 'function greet() {}\n' };

test('an archive, a folder, an exploded folder and a definition are told apart by what they are', async () => {
  const archive = await zipBot(at('no-extension'), script);
  await explodeArchive(archive, at('exploded'), limits);
  const plain = writeBot(at('plain'), script);
  expect((await read(archive)).kind).toBe('archive');
  expect((await read(at('exploded'))).kind).toBe('exploded folder');
  expect((await read(plain)).kind).toBe('folder');
  expect((await read(path.join(plain, 'botDefinition.json'))).kind).toBe('definition');
});

test('archive, exploded folder and folder of the same bot give the same files', async () => {
  const contents = async (place: string) => {
    const { definition, config, icon, scripts } = await read(place);
    return [definition, config, icon, ...scripts].map((member) => String(member?.content));
  };
  const expected = smallBot(script).map(({ content }) => String(content));
  for (const place of [at('no-extension'), at('exploded'), at('plain')]) {
    expect(await contents(place)).toEqual(expected);
  }
});

test('a definition alone has no other files', async () => {
  const bot = await read(path.join(at('plain'), 'botDefinition.json'));
  expect(bot).toMatchObject({ config: undefined, icon: undefined, scripts: [] });
  expect(bot.members).toEqual([bot.definition]);
});

test('a definition with a byte order mark keeps it', async () => {
  const text = `\ufeff${JSON.stringify(smallDefinition())}`;
  writeFileSync(at('marked.json'), text);
  expect(String((await read(at('marked.json'))).definition.content)).toBe(text);
});

test('other files and folders in a folder are nobody’s business', async () => {
  const place = writeBot(at('busy'), { 'README.md': '# A bot' });
  mkdirSync(path.join(place, 'lib.js'));
  mkdirSync(path.join(place, 'node_modules'));
  const { members } = await read(place);
  expect(members.map(({ name }) => name)).toEqual(['botDefinition.json', 'config.json', 'icon.png']);
});

test('the path itself may be a link', async () => {
  symlinkSync(at('plain'), at('link'));
  expect((await read(at('link'))).kind).toBe('folder');
});

test('a link in a folder is refused, wherever it leads', async () => {
  const place = writeBot(at('linked'));
  writeFileSync(at('secret'), 'a secret');
  symlinkSync(at('secret'), path.join(place, 'secret.js'));
  await expect(read(place)).rejects.toEqual(failure('exploded_unsafe', /secret\.js is a link/));
  rmSync(path.join(place, 'secret.js'));
  symlinkSync(at('nowhere'), path.join(place, 'gone.js'));
  await expect(read(place)).rejects.toEqual(failure('exploded_unsafe', /gone\.js is a link/));
});

test('two definitions in a folder are refused, naming both', async () => {
  const place = writeBot(at('two'), { 'old-botDefinition.json': smallDefinition() });
  await expect(read(place)).rejects.toEqual(
    failure('zip_members', /botDefinition\.json and old-botDefinition\.json/),
  );
});

test('a folder without config.json is refused', async () => {
  const place = writeBot(at('without'));
  rmSync(path.join(place, 'config.json'));
  await expect(read(place)).rejects.toEqual(failure('zip_members', /config\.json is missing/));
});

test('a folder without a definition, and a path where nothing is, hold no bot', async () => {
  mkdirSync(at('empty'));
  await expect(read(at('empty'))).rejects.toEqual(
    failure('bot_not_found', /empty has no botDefinition\.json/),
  );
  await expect(read(at('none'))).rejects.toEqual(failure('bot_not_found', /none/));
});

test('a pipe is refused, and not waited for', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  await expect(read(at('pipe'))).rejects.toEqual(failure('bot_not_found', /neither a file nor a folder/));
});

test('files that are too large are refused before they are read', async () => {
  writeFileSync(at('huge.json'), '{');
  truncateSync(at('huge.json'), 300 * 1024 ** 2);
  await expect(read(at('huge.json'))).rejects.toEqual(
    failure('bot_too_large', /huge\.json: 314572800 bytes/),
  );
  const place = writeBot(at('heavy'), { 'icon.png': Buffer.concat([pixel, Buffer.alloc(9 * 1024 ** 2)]) });
  await expect(read(place)).rejects.toEqual(failure('bot_too_large', /icon\.png: \d+ bytes/));
  const archive = await zipBot(at('heavy.zip'), { 'icon.png': Buffer.alloc(9 * 1024 ** 2, 'noise') });
  await expect(readLocalBot(archive, limits)).rejects.toEqual(failure('bot_too_large', /icon\.png holds/));
});

test('an archive beyond the limits is refused', async () => {
  await expect(readLocalBot(at('no-extension'), { maxUnpacked: 100 })).rejects.toEqual(
    failure('zip_unsafe', /BOTPORT_MAX_UNPACKED/),
  );
});

test('an explode that was broken off is refused', async () => {
  writeFileSync(path.join(at('exploded'), 'botport.unfinished'), '[]\n');
  await expect(read(at('exploded'))).rejects.toEqual(failure('exploded_damaged', /broken off/));
});
