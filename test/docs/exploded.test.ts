import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { explodeBot } from '../../src/definition/layout.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(path.join(root, 'docs/exploded.md'), 'utf8');

/** The paths of the files in the picture of a folder. */
function filesInPicture(): string[] {
  const [, picture = ''] = /^my-bot\/\n(.*?)^```$/ms.exec(page) ?? [];
  const folders: string[] = [];
  return picture.split('\n').flatMap((line) => {
    const [, branches = '', name = ''] = /^([│ ]*)[├└]── (\S+)/.exec(line) ?? [];
    const depth = branches.length / 4;
    folders.splice(depth);
    if (name.endsWith('/')) folders[depth] = name.slice(0, -1);
    return name.endsWith('/') || name === '' || name === '…' ? [] : [[...folders, name].join('/')];
  });
}

test('the files in the picture are those of the sample bot', () => {
  const names = ['botDefinition.json', 'config.json', 'icon.png', 'bot_functions.js'];
  const members = names.map((name) => ({
    name,
    content: readFileSync(path.join(root, 'samples/bank-assistant', name)),
  }));
  const files = explodeBot(members, 'botDefinition.json');
  const shown = filesInPicture();
  expect(shown).toHaveLength(11);
  for (const file of shown) expect([...files.keys()]).toContain(file);
});

test('the examples of references are those of the sample bot', () => {
  const definition = readFileSync(path.join(root, 'samples/bank-assistant/botDefinition.json'));
  const files = explodeBot([{ name: 'botDefinition.json', content: definition }], 'botDefinition.json');
  for (const reference of ['"botEvents": {"$file":"botEvents.json"}', '"dialogs": {"$folder":"dialogs"}']) {
    expect(page).toContain(`\`${reference}\``);
    expect(String(files.get('definition.json'))).toContain(reference);
  }
});
