import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLinkSigner, newArchiveName } from '../../src/exports/links.ts';

const now = Date.UTC(2026, 0, 15, 9, 26, 53);
const fileName = 'f-2f1c9a5e-6e0a-5b8e-9d53-3a0d9a3b8e77.zip';
const links = createLinkSigner(Buffer.alloc(32, 'k'), 60);

beforeEach(() => {
  vi.useFakeTimers({ now, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const queryOf = (name = 'Travel.zip') => Object.fromEntries(links.sign(fileName, name).query);
const invalid = expect.objectContaining({ type: 'link_invalid' });
const expired = expect.objectContaining({ type: 'link_expired' });

describe('a link', () => {
  test('is the path and the query of the platform, in its order', () => {
    const { path, query } = links.sign(fileName, 'Travel.zip');
    expect(path).toBe(`/api/getMediaStream/market/${fileName}`);
    expect(query.map(([key]) => key)).toEqual(['e', 'n', 's', 'clientfilename']);
    expect(Object.fromEntries(query)).toEqual({
      e: String(now + 60_000),
      n: expect.stringMatching(/^\d+$/),
      s: expect.stringMatching(/^[\w-]{43}$/),
      clientfilename: 'Travel.zip',
    });
  });

  test.each(['Travel.zip', 'Bank für Öl & Gas.zip', '旅行.zip', 'a"b.zip'])(
    'to %s is good as it is',
    (name) => {
      expect(() => links.verify(fileName, queryOf(name))).not.toThrow();
    },
  );

  test('is good with what others add to the query', () => {
    expect(() => links.verify(fileName, { ...queryOf(), utm: 'x' })).not.toThrow();
  });
});

describe('a link that was changed is refused', () => {
  test('at any character of its signature', () => {
    const query = queryOf();
    const signature = String(query.s);
    for (let at = 0; at < signature.length; at += 1) {
      const other = signature[at] === 'A' ? 'B' : 'A';
      const s = signature.slice(0, at) + other + signature.slice(at + 1);
      expect(() => links.verify(fileName, { ...query, s })).toThrow(invalid);
    }
  });

  test.each([
    ['a later end', { e: String(now + 61_000) }],
    ['an end of another spelling', { e: `${now + 60_000}.0` }],
    ['an end that is no number', { e: 'never' }],
    ['no end', { e: undefined }],
    ['two ends', { e: [String(now + 60_000), String(now + 60_000)] }],
    ['another file name for the client', { clientfilename: 'Other.zip' }],
    ['no file name for the client', { clientfilename: undefined }],
    ['another number', { n: '2' }],
    ['no number', { n: undefined }],
    ['no signature', { s: undefined }],
    ['an empty signature', { s: '' }],
    ['a list as signature', { s: ['x'] }],
    ['a signature of the same length in characters, not in bytes', { s: 'ä'.repeat(43) }],
  ])('by %s', (_what, change) => {
    expect(() => links.verify(fileName, { ...queryOf(), ...change })).toThrow(invalid);
  });

  test('by a longer or a shorter signature', () => {
    const query = queryOf();
    expect(() => links.verify(fileName, { ...query, s: `${query.s}=` })).toThrow(invalid);
    expect(() => links.verify(fileName, { ...query, s: String(query.s).slice(1) })).toThrow(invalid);
  });

  test('by another archive', () => {
    expect(() => links.verify(fileName.replace('2f', '3f'), queryOf())).toThrow(invalid);
  });

  test('by moving characters from one part to the next', () => {
    const query = queryOf();
    const e = String(query.e);
    const moved = { ...query, e: e.slice(0, -1), clientfilename: `${e.slice(-1)}${query.clientfilename}` };
    expect(() => links.verify(fileName, moved)).toThrow(invalid);
  });

  test('by the key of another server', () => {
    const other = createLinkSigner(Buffer.alloc(32, 'o'), 60);
    expect(() => other.verify(fileName, queryOf())).toThrow(invalid);
  });
});

describe('the life of a link', () => {
  test('ends when its seconds are over', () => {
    const query = queryOf();
    vi.setSystemTime(now + 60_000);
    expect(() => links.verify(fileName, query)).not.toThrow();
    vi.setSystemTime(now + 60_001);
    expect(() => links.verify(fileName, query)).toThrow(expired);
  });

  test('begins anew with every link', () => {
    vi.setSystemTime(now + 59_000);
    const query = queryOf();
    vi.setSystemTime(now + 100_000);
    expect(() => links.verify(fileName, query)).not.toThrow();
  });

  test('does not tell that a changed link is too old', () => {
    const query = { ...queryOf(), clientfilename: 'Other.zip' };
    vi.setSystemTime(now + 100_000);
    expect(() => links.verify(fileName, query)).toThrow(invalid);
  });
});

describe('the port of on-premises systems, where some of their clients cut links', () => {
  test('stands nowhere in a link', () => {
    for (let n = 0; n < 20_000; n += 1) {
      vi.setSystemTime(now + n * 977);
      const { path, query } = links.sign(fileName, 'Travel.zip');
      expect(`${path}?${query.map((pair) => pair.join('=')).join('&')}`).not.toContain('8081');
    }
  });

  test('stands in no name of an archive', () => {
    const names = Array.from({ length: 20_000 }, newArchiveName);
    expect(names.filter((name) => name.includes('8081'))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('holds nothing up at a moment that has it in the middle', () => {
    vi.setSystemTime(1_795_808_100_000 - 60_000);
    const begin = performance.now();
    const { query } = links.sign(fileName, 'Travel.zip');
    expect(performance.now() - begin).toBeLessThan(100);
    expect(String(Object.fromEntries(query).e)).not.toContain('8081');
  });
});
