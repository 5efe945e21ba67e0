import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explodeBot, ownPaths, packBot } from '../../src/definition/layout.ts';
import { catalogue } from '../../src/definition/sections.ts';
import { referenceBots } from '../support/reference.ts';
import { sampleBots } from '../support/samples.ts';
import { anyDefinition, definitionOf, differences, explode, linesOf, membersOf } from './layout-kit.ts';

const bots = [...sampleBots(), ...referenceBots()];
const print = (value: unknown) => JSON.stringify(value, null, 4);

const script = (index: number) => ({
  _id: `dc-${index}`,
  refId: `ref-${index}`,
  name: `checkUser${index}`,
  script: encodeURIComponent(`// number ${index}\nvar a = "ü";`),
  type: 'script',
});
const small = (components: unknown[] = [script(1), script(2), script(3)]) => ({
  _id: 'st-1',
  defaultLanguage: 'en',
  localeData: { en: { name: 'A bot' } },
  dialogs: [],
  dialogComponents: components,
  supportedLanguages: ['en'],
});

/** Names of files on any system, said in another way than the program says it. */
function isSafe(path: string): boolean {
  return path.split('/').every((step) => {
    const device = /^(con|prn|aux|nul|com.|lpt.)(\.|$)/i.test(step);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const forbidden = /[\u0000-\u001f\u007f<>:"\\|?*]|^[ .-]|[ .]$/.test(step);
    return step.isWellFormed() && !device && !forbidden && step.length > 0 && Buffer.byteLength(step) <= 255;
  });
}
const sameAnywhere = (path: string) => path.normalize('NFKD').toUpperCase();

describe.each(bots)('$name', ({ definition, config }) => {
  const files = explode(definition);

  test('comes back byte for byte', () => {
    expect(definitionOf(files) === String(definition)).toBe(true);
  });

  test('has a file for every item, and lists that hold nothing but their names', () => {
    const bot = JSON.parse(String(definition)) as Record<string, unknown>;
    for (const [key, items] of Object.entries(bot)) {
      if (!Array.isArray(items) || typeof items[0] !== 'object') continue;
      const names = linesOf(files, `definition/${key}/index.txt`);
      expect(names).toHaveLength(items.length);
      names.forEach((name, index) => {
        expect(name).toMatch(/^[^ ]+\.json$/);
        const text = String(files.get(`definition/${key}/${name}`));
        if (!text.includes('"$script"')) expect(text).toBe(`${print(items[index])}\n`);
      });
    }
  });

  test('has its scripts in files, as people write them', () => {
    const scripts = [...files].filter(([path]) => path.endsWith('.js'));
    const names = scripts.map(([path]) => path);
    const left = [...files].filter(([, content]) => /"script": "[^"]*%(0A|3D|3B)/.test(String(content)));
    expect(left).toEqual([]);
    for (const [path, content] of scripts) expect(String(content), path).not.toContain('%3B%0A');
    expect(new Set(names.map(sameAnywhere)).size).toBe(names.length);
  });

  test('has all other files of the archive as they are', () => {
    const members = [
      ...membersOf(definition),
      { name: 'icon.png', content: Buffer.from([0x89, 0, 0xff]) },
      { name: 'bot_functions.js', content: Buffer.from('function f() {}') },
    ];
    members[1] = { name: 'config.json', content: config };
    expect(packBot(explodeBot(members, 'botDefinition.json'))).toEqual(members);
  });
});

describe('any definition', () => {
  test('comes back byte for byte, however it is written', () => {
    fc.assert(
      fc.property(anyDefinition, (text) => {
        expect(definitionOf(explode(text))).toBe(text.toWellFormed());
      }),
      { numRuns: 500 },
    );
  });

  test('gets names that are safe and different on every system', () => {
    fc.assert(
      fc.property(anyDefinition, (text) => {
        const paths = [...explode(text).keys()];
        expect(paths.filter((path) => !isSafe(path))).toEqual([]);
        expect(new Set(paths.map(sameAnywhere)).size).toBe(paths.length);
      }),
      { numRuns: 500 },
    );
  });

  test('is the owner of all its files', () => {
    fc.assert(
      fc.property(anyDefinition, (text) => {
        const files = explode(text);
        expect([...ownPaths(files)].sort()).toEqual([...files.keys()].sort());
      }),
      { numRuns: 200 },
    );
  });
});

describe('what a diff shows', () => {
  const before = explode(print(small()));
  const fileOf = (index: number) =>
    linesOf(before, 'definition/dialogComponents/index.txt')[index - 1]?.replace('.json', '') ?? '';

  test('a changed field: one file', () => {
    const changed = small([script(1), { ...script(2), type: 'other', more: [1] }, script(3)]);
    expect(differences(before, explode(print(changed)))).toEqual([
      `~ definition/dialogComponents/${fileOf(2)}.json`,
    ]);
  });

  test('a changed script: the file of the script alone', () => {
    const changed = small([script(1), { ...script(2), script: encodeURIComponent('var b = 2;') }, script(3)]);
    const after = explode(print(changed));
    const path = `definition/dialogComponents/${fileOf(2)}.script.js`;
    expect(differences(before, after)).toEqual([`~ ${path}`]);
    expect(String(after.get(path))).toBe('var b = 2;\n');
  });

  test('a changed setting: one line of definition.json', () => {
    const after = explode(print({ ...small(), defaultLanguage: 'de' }));
    expect(differences(before, after)).toEqual(['~ definition.json']);
    const [old, young] = [linesOf(before, 'definition.json'), linesOf(after, 'definition.json')];
    expect(old.filter((line) => !young.includes(line))).toEqual(['    "defaultLanguage": "en",']);
  });

  test.each([
    ['first', (items: unknown[], item: unknown) => [item, ...items]],
    ['in the middle', (items: unknown[], item: unknown) => items.toSpliced(1, 0, item)],
    ['last', (items: unknown[], item: unknown) => [...items, item]],
  ])('an item added %s: its files and one line', (_where, add) => {
    const { script: _, ...plain } = script(4);
    const after = explode(print(small(add([script(1), script(2), script(3)], plain))));
    const index = 'definition/dialogComponents/index.txt';
    const [added = '', ...rest] = linesOf(after, index).filter(
      (line) => !linesOf(before, index).includes(line),
    );
    expect(rest).toEqual([]);
    expect(differences(before, after).sort()).toEqual(
      [`+ definition/dialogComponents/${added}`, `~ ${index}`].sort(),
    );
    expect(linesOf(after, index).filter((line) => line !== added)).toEqual(linesOf(before, index));
  });

  test('items in another order: the list alone', () => {
    const after = explode(print(small([script(3), script(1), script(2)])));
    expect(differences(before, after)).toEqual(['~ definition/dialogComponents/index.txt']);
  });

  test('a list that grows from nothing: its line, its list and its item', () => {
    const after = explode(print({ ...small(), dialogs: [{ refId: 'd', lname: 'hello' }] }));
    expect(differences(before, after)).toEqual([
      '~ definition.json',
      expect.stringMatching(/^\+ definition\/dialogs\/hello-[0-9a-f]{10}\.json$/),
      '+ definition/dialogs/index.txt',
    ]);
  });
});

describe('the name of an item', () => {
  const nameOf = (item: object, others: object[] = []) =>
    linesOf(explode(print(small([...others, item]))), 'definition/dialogComponents/index.txt').at(-1);

  test('is what people call it and what tells it from others', () => {
    expect(nameOf(script(1))).toMatch(/^check-user1-[0-9a-f]{10}\.json$/);
    expect(nameOf({ refId: 'a', localeData: { de: { name: 'Karte' }, en: { name: 'Block Card' } } })).toMatch(
      /^block-card-/,
    );
    expect(nameOf({ refId: 'a', name: 'HTTPServer注文 größe!' })).toMatch(/^http-server注文-grösse-/);
  });

  test('stays when all else changes: fields, neighbours, _id', () => {
    const name = nameOf(script(1));
    expect(nameOf({ ...script(1), _id: 'dc-9', type: 'x', script: '' }, [script(2), script(3)])).toBe(name);
  });

  test('depends on no other item, whatever these are', () => {
    const item = fc.record({ name: fc.string({ unit: 'grapheme' }), type: fc.constantFrom('a', 'b') });
    const index = 'definition/dialogComponents/index.txt';
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), item, { minKeys: 1 }),
        fc.nat(),
        (byRefId, nth) => {
          const items = Object.entries(byRefId).map(([refId, fields]) => ({ refId, ...fields }));
          const names = linesOf(explode(print(small(items))), index);
          const place = nth % items.length;
          expect(nameOf(items[place] ?? {})).toBe(names[place]);
          const others = linesOf(explode(print(small(items.toSpliced(place, 1).reverse()))), index);
          expect(others.filter((line) => line !== '').reverse()).toEqual(names.toSpliced(place, 1));
        },
      ),
    );
  });

  test('is told from that of an item with the same name', () => {
    const twin = { ...script(1), refId: 'ref-2' };
    expect(nameOf(twin, [script(1)])).not.toBe(nameOf(script(1)));
    expect(nameOf(twin, [script(1)])).toBe(nameOf(twin));
  });

  test('gets a number where nothing tells two items apart', () => {
    const [first, second, third] = linesOf(
      explode(print(small([script(1), script(1), script(1)]))),
      'definition/dialogComponents/index.txt',
    );
    const stem = first?.replace('.json', '');
    expect([second, third]).toEqual([`${stem}-2.json`, `${stem}-3.json`]);
  });

  test('tells apart what one item is in several languages', () => {
    const english = { refId: 'kg', name: 'Travel', language: 'en' };
    const german = { ...english, language: 'de' };
    expect(nameOf(english)).toMatch(/^travel-en-/);
    expect(nameOf(german, [english])).toBe(nameOf(german));
    expect(nameOf(german)).toMatch(/^travel-de-/);
  });

  test('is made of the names of fields that lists without ids have', () => {
    expect(nameOf({ language: 'en', groups: [] })).toMatch(/^en-[0-9a-f]{10}\.json$/);
    expect(nameOf({})).toMatch(/^item-[0-9a-f]{10}\.json$/);
  });

  test('is cut where it is long, and the same for names that differ in case only', () => {
    expect(nameOf({ refId: 'a', name: 'x'.repeat(10_000) })?.length).toBeLessThan(60);
    expect(nameOf({ refId: 'a', name: 'STRASSE' })).toBe(nameOf({ refId: 'a', name: 'straße' }));
  });
});

test('no two known sections have names that some system takes for the same', () => {
  const names = catalogue.map(({ key }) => key.toLowerCase());
  expect(new Set(names).size).toBe(names.length);
});

describe('an edited folder', () => {
  const files = explode(print(small()));
  const index = 'definition/dialogComponents/index.txt';
  const [first = '', second = '', third = ''] = linesOf(files, index);
  const edited = (changes: Record<string, string | undefined>) => {
    const copy = new Map(files);
    for (const [path, text] of Object.entries(changes)) {
      if (text === undefined) copy.delete(path);
      else copy.set(path, Buffer.from(text));
    }
    return copy;
  };

  test('takes an edited script', () => {
    const path = `definition/dialogComponents/${first.replace('.json', '.script.js')}`;
    const text = definitionOf(edited({ [path]: 'var a = "é";' }));
    expect(JSON.parse(text).dialogComponents[0].script).toBe('var%20a%20%3D%20%22%C3%A9%22%3B');
  });

  test('takes a new item under any name, where its line is', () => {
    const changes = {
      'definition/dialogComponents/My own item (1).json': '{\n    "name": "mine"\n}',
      [index]: `${first}\nMy own item (1).json\n${second}\n${third}`,
    };
    const items = [script(1), { name: 'mine' }, script(2), script(3)];
    expect(definitionOf(edited(changes))).toBe(print(small(items)));
  });

  test('takes a changed order, and lists saved with other line ends', () => {
    const text = definitionOf(edited({ [index]: `${third}\r\n\r\n${first}\r\n${second}\r\n` }));
    expect(text).toBe(print(small([script(3), script(1), script(2)])));
  });

  test('takes items that were moved in a list whose punctuation is odd', () => {
    const odd = explode('{"a": [ {"n":1},{"n":2} ,\n{"n":3}]}');
    const lines = linesOf(odd, 'definition/a/index.txt').reverse();
    const copy = new Map(odd).set('definition/a/index.txt', Buffer.from(lines.join('\n')));
    expect(JSON.parse(definitionOf(copy))).toEqual({ a: [{ n: 3 }, { n: 2 }, { n: 1 }] });
  });

  test('gives an empty list where all items are gone', () => {
    const only = explode(print(small([{ name: 'one' }])));
    const [path = ''] = [...only.keys()].filter((name) => /Components\/one/.test(name));
    const copy = new Map(only).set(index, Buffer.from(''));
    copy.delete(path);
    expect(definitionOf(copy)).toBe(print(small([])));
  });

  const item = (name: string) => `definition/dialogComponents/${name}`;
  test.each<[string, Record<string, string | undefined>, string]>([
    ['a missing item', { [item(first)]: undefined }, `${item(first)} is missing`],
    ['an item in no list', { [item('new.json')]: '{}' }, `${item('new.json')} is named nowhere`],
    ['a script nobody names', { [item('new.js')]: '' }, `${item('new.js')} is named nowhere`],
    ['an item twice in its list', { [index]: `${first}\n${first}\n` }, `${item(first)} is named twice`],
    ['an item out of its folder', { [index]: '../../botport.json\n' }, 'expected the name of a .json file'],
    ['an item by an absolute path', { [index]: '/etc/passwd.json\n' }, 'expected the name of a .json file'],
    ['an item by a Windows path', { [index]: 'C:\\\\x.json\n' }, 'expected the name of a .json file'],
    ['a hidden item', { [index]: '.git.json\n' }, 'expected the name of a .json file'],
    ['an item with values around it', { [index]: `${first} {"before":"1,"}\n` }, 'before: '],
    ['an item with an unknown option', { [index]: `${first} {"exec":"x"}\n` }, 'exec'],
    ['two values in one file', { [item(second)]: '{}, {}' }, item(second)],
    ['a file that is no JSON', { [item(second)]: '<html>' }, item(second)],
    [
      'a script out of its folder',
      { [item(second)]: '{"script": {"$script": "../x.js"}}' },
      'no .js file beside it',
    ],
    [
      'a script that is missing',
      { [item(second)]: '{"script": {"$script": "x.js"}}' },
      `${item('x.js')} is missing`,
    ],
    [
      'a section out of the folder',
      { 'definition.json': '{"a": {"$folder": ".."}}' },
      'expected the name of a folder',
    ],
    [
      'a section by a path',
      { 'definition.json': '{"a": {"$file": "../a.json"}}' },
      'expected the name of a .json file',
    ],
    [
      'a marker that names a path',
      { 'botport.json': marker('../secret.json') },
      'expected the name of a file',
    ],
    [
      'a marker without a definition',
      { 'botport.json': '{"format":1,"members":[]}' },
      'names no definition.json',
    ],
    ['a marker that is none', { 'botport.json': '{"name":"x"}' }, 'botport.json: '],
    ['a newer marker', { 'botport.json': '{"format":2}' }, 'botport.json has format 2'],
  ])('is refused with %s', (_what, changes, detail) => {
    expect(() => packBot(edited(changes))).toThrow(detail);
  });

  function marker(file: string): string {
    return JSON.stringify({ format: 1, members: [{ name: 'botDefinition.json', file }] });
  }
});

describe('a definition that is none is refused', () => {
  test.each([
    ['a list', '[]', 'botDefinition.json is no JSON object'],
    ['text', 'hello', 'botDefinition.json is no JSON object'],
    ['cut off', '{"dialogs": [{"a": "', 'line 1 column 21: expected a string that ends, found the end'],
    ['a broken item', '{"dialogs": [{"a": 1}, {"b" 2}]}', 'dialogs[1]'],
    ['a broken section', '{"a": {"b": tru}}', 'a: '],
    ['a broken word', '{"a": tru}', 'a: '],
    ['a comma too many', '{"a": 1,}', 'expected a key in double quotes'],
    ['something behind it', '{} x', 'expected nothing after the object'],
  ])('%s', (_what, text, detail) => {
    expect(() => explode(text)).toThrow(detail);
  });

  test('no UTF-8', () => expect(() => explode(Buffer.from([0x7b, 0xff, 0x7d]))).toThrow('UTF-8'));
});
