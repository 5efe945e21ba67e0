import { describe, expect, test } from 'vitest';
import type { BotMember } from '../../src/definition/layout.ts';
import { applyEnvironment } from '../../src/environment/apply-environment.ts';
import { emptyEnvironment } from '../../src/environment/environment.ts';
import { sampleBots } from '../support/samples.ts';

const member = (name: string, content: string): BotMember => ({ name, content: Buffer.from(content) });

interface Given {
  variables?: Record<string, string>;
  urls?: Record<string, string>;
  secrets?: Record<string, string>;
}

function apply(members: BotMember[], { variables = {}, urls = {}, secrets = {} }: Given) {
  const { members: made, report } = applyEnvironment(members, {
    variables: new Map(Object.entries(variables)),
    urls: new Map(Object.entries(urls)),
    secrets: new Map(Object.entries(secrets)),
  });
  return { texts: made.map(({ content }) => String(content)), report };
}

/** What becomes of a definition. */
const definition = (text: string, given: Given) =>
  apply([member('botDefinition.json', text)], given).texts[0];

const staging = { 'https://staging.example': 'https://service.example' };

describe('variables', () => {
  const config = (variables: string) => `{"name":"A bot", "envVariables":[${variables}]}`;
  const set = (variables: string, values: Record<string, string>) =>
    apply([member('config.json', config(variables))], { variables: values });

  test('are set by key, and all else stays as it is written', () => {
    const { texts, report } = set('{ "value" : "a", "key":"host" }, {"key":"other","value":"\\u0041"}', {
      host: 'x"y',
    });
    expect(texts).toEqual([config('{ "value" : "x\\"y", "key":"host" }, {"key":"other","value":"\\u0041"}')]);
    expect(report).toMatchObject({ variables: ['host'], warnings: [] });
  });

  test('are set where they have no value, or one that is no text', () => {
    const { texts } = set('{"key":"a"},{"key":"b","value":null}', { a: '1', b: '2' });
    expect(texts).toEqual([config('{"key":"a","value":"1"},{"key":"b","value":"2"}')]);
  });

  test('that the bot does not have are a warning', () => {
    expect(set('', { host: 'x' }).report.warnings).toEqual(['the bot has no variable "host"']);
  });

  test('are set whole, whatever stands in them', () => {
    const { texts, report } = apply(
      [member('config.json', config('{"key":"a","value":"https://staging.example (botport-secret.GONE)"}'))],
      { variables: { a: 'new' }, urls: staging },
    );
    expect(texts).toEqual([config('{"key":"a","value":"new"}')]);
    expect(report.warnings).toEqual(['no URL begins with https://staging.example']);
  });

  test('are those of config.json, not whatever else has a key', () => {
    const text = '{"dialogs":[{"key":"host","value":"a"}],"envVariables":[{"key":"host","value":"a"}]}';
    expect(definition(text, { variables: { host: 'b' } })).toBe(text);
  });
});

describe('URLs', () => {
  test.each([
    ['alone', 'https://staging.example', 'https://service.example'],
    ['with a path', 'https://staging.example/v1', 'https://service.example/v1'],
    ['with a query', 'https://staging.example?a=b', 'https://service.example?a=b'],
    ['in a sentence', 'See https://staging.example. Or not', 'See https://service.example. Or not'],
    ['in quotes', "get('https://staging.example')", "get('https://service.example')"],
    [
      'twice',
      'https://staging.example,https://staging.example',
      'https://service.example,https://service.example',
    ],
    [
      'behind another',
      'https://a.example/?to=https://staging.example',
      'https://a.example/?to=https://service.example',
    ],
  ])('are replaced: %s', (_title, before, after) => {
    expect(definition(JSON.stringify({ a: [before] }), { urls: staging })).toBe(
      JSON.stringify({ a: [after] }),
    );
  });

  test.each([
    ['the host goes on', 'https://staging.example.org/'],
    ['the host goes on with a hyphen', 'https://staging.example-two'],
    ['it has a port', 'https://staging.example:8443/'],
    ['it is the end of a longer word', 'xhttps://staging.example'],
    ['it has a user', 'https://staging.example@other.example/'],
  ])('are not replaced where %s', (_title, text) => {
    expect(definition(JSON.stringify({ a: text }), { urls: staging })).toBe(JSON.stringify({ a: text }));
  });

  test('are replaced by the longest beginning that fits, and never twice', () => {
    const urls = {
      'https://a.example': 'https://b.example',
      'https://b.example': 'https://a.example',
      'https://a.example/v1': 'https://c.example',
    };
    const text = JSON.stringify({ a: 'https://a.example https://b.example https://a.example/v1/x' });
    expect(definition(text, { urls })).toBe(
      JSON.stringify({ a: 'https://b.example https://a.example https://c.example/x' }),
    );
  });

  test('are replaced in percent-encoded scripts, and in files of bot functions', () => {
    const script = 'fetch("https://staging.example/über?a=😀");';
    const expected = script.replace('staging', 'service');
    const { texts, report } = apply(
      [
        member('botDefinition.json', JSON.stringify({ script: encodeURIComponent(script) })),
        member('functions.js', script),
      ],
      { urls: staging },
    );
    expect(texts).toEqual([JSON.stringify({ script: encodeURIComponent(expected) }), expected]);
    expect(report.urls).toEqual({ 'https://staging.example': 2 });
  });

  test('are replaced where characters before them are escaped', () => {
    expect(definition('{"a":"\\u00e9\\n\\"https://staging.example\\""}', { urls: staging })).toBe(
      '{"a":"\\u00e9\\n\\"https://service.example\\""}',
    );
  });

  test('are not replaced in keys', () => {
    const text = '{"https://staging.example":1}';
    expect(definition(text, { urls: staging })).toBe(text);
  });

  const endPoint = (protocol: string, host: string, port: string, path: string) =>
    JSON.stringify({ dialogComponents: [{ endPoint: { host, port, path, protocol, method: 'get' } }] });

  test.each([
    [
      'the host alone',
      staging,
      ['https', 'staging.example', '', '/v1/x'],
      ['https', 'service.example', '', '/v1/x'],
    ],
    [
      'a port and a path more',
      { 'https://staging.example': 'http://service.example:8443/base' },
      ['https', 'staging.example', '', '/v1'],
      ['http', 'service.example', '8443', '/base/v1'],
    ],
    [
      'a port and a path less',
      { 'http://staging.example:8443/base': 'https://service.example' },
      ['http', 'staging.example', '8443', '/base/v1'],
      ['https', 'service.example', '', '/v1'],
    ],
    [
      'a path without a slash',
      { 'https://staging.example': 'https://service.example/base' },
      ['https', 'staging.example', '', 'v1'],
      ['https', 'service.example', '', 'base/v1'],
    ],
    [
      'a path without a slash that gets shorter',
      { 'https://staging.example/base/': 'https://service.example/' },
      ['https', 'staging.example', '', 'base/v1'],
      ['https', 'service.example', '', 'v1'],
    ],
    [
      'another port: nothing',
      staging,
      ['https', 'staging.example', '8443', '/v1'],
      ['https', 'staging.example', '8443', '/v1'],
    ],
  ] as [
    string,
    Record<string, string>,
    [string, string, string, string],
    [string, string, string, string],
  ][])('are replaced in the parts of a service node: %s', (_title, urls, before, after) => {
    expect(definition(endPoint(...before), { urls })).toBe(endPoint(...after));
  });

  test('that no URL begins with are a warning', () => {
    expect(apply([], { urls: staging }).report.warnings).toEqual([
      'no URL begins with https://staging.example',
    ]);
  });
});

describe('placeholders', () => {
  test('are filled as their place spells', () => {
    const value = 'a"b\n%é';
    const { texts, report } = apply(
      [
        member('botDefinition.json', '{"a":"x(botport-secret.KEY)y","b":"a%20(botport-secret.KEY)"}'),
        member('functions.js', "var a = '(botport-secret.KEY)'"),
      ],
      { secrets: { KEY: value, MORE: 'x' } },
    );
    const written = JSON.stringify(value).slice(1, -1);
    expect(texts).toEqual([
      `{"a":"x${written}y","b":"a%20${encodeURIComponent(value)}"}`,
      `var a = '${value}'`,
    ]);
    expect(report.secrets).toEqual({ KEY: 3 });
  });

  test('with .raw are filled as the value is', () => {
    expect(definition('{"a":"(botport-secret.KEY.raw)"}', { secrets: { KEY: '\\/\\u0041' } })).toBe(
      '{"a":"\\/\\u0041"}',
    );
  });

  test('with .raw take nothing that would end the text', () => {
    expect(() => definition('{"a":"(botport-secret.KEY.raw)"}', { secrets: { KEY: '","b":"' } })).toThrow(
      'KEY is put in as it is',
    );
  });

  test('without a value are an error that names all of them', () => {
    expect(() => definition('{"a":"(botport-secret.B) (botport-secret.A)"}', {})).toThrow(
      'no value for A, B',
    );
  });
});

test('what was put in is not looked at again', () => {
  const text = '{"a":"https://staging.example/(botport-secret.KEY)"}';
  const given = {
    urls: { 'https://staging.example': 'https://x.example/(botport-secret.NO)' },
    secrets: { KEY: 'https://staging.example' },
  };
  expect(definition(text, given)).toBe(
    '{"a":"https://x.example/(botport-secret.NO)/https://staging.example"}',
  );
});

test('bytes that are no text stay as they are', () => {
  const content = Buffer.from([0xff, 0x27, ...Buffer.from('(botport-secret.KEY)'), 0xe9]);
  const { members } = applyEnvironment([{ name: 'a.js', content }], {
    ...emptyEnvironment,
    secrets: new Map([['KEY', 'v']]),
  });
  expect(members[0]?.content).toEqual(Buffer.from([0xff, 0x27, 0x76, 0xe9]));
});

test.each(sampleBots())('an empty environment leaves $name as it is', ({ definition: content, config }) => {
  const members = [
    { name: 'botDefinition.json', content },
    { name: 'config.json', content: config },
  ];
  expect(applyEnvironment(members, emptyEnvironment).members).toEqual(members);
});
