import { describe, expect, test } from 'vitest';
import { BotportError, type ErrorEntry, type ErrorName, errorReply, errors } from '../src/errors.ts';

const entries = Object.entries(errors) as [ErrorName, ErrorEntry][];

describe.each(entries)('the entry %s', (name, entry) => {
  test('has every field, and no other', () => {
    expect(entry).toEqual({
      status: expect.any(Number),
      code: expect.any(Number),
      msg: expect.stringMatching(/\S/),
      when: expect.stringMatching(/\S/),
      remedy: expect.stringMatching(/\S/),
    });
    expect(Object.keys(entry)).toEqual(['status', 'code', 'msg', 'when', 'remedy']);
  });

  test('has an HTTP status of a failure', () => {
    expect(Number.isInteger(entry.status)).toBe(true);
    expect(entry.status).toBeGreaterThanOrEqual(400);
    expect(entry.status).toBeLessThan(600);
  });

  test('has as code its status or a number of the platform’s own', () => {
    expect([entry.status, 4002]).toContain(entry.code);
  });

  test('has a name in snake case', () => expect(name).toMatch(/^[a-z]+(_[a-z0-9]+)*$/));
});

test.each<[ErrorName, number, number, string]>([
  ['invalid_credentials', 401, 4002, 'Invalid SDK credentials'],
  ['invalid_token', 401, 4002, 'Invalid JWT token'],
  ['scope_missing', 401, 4002, 'Permission denied. Scope is incorrect!'],
  ['invalid_stream_id', 400, 400, 'Invalid StreamId'],
  ['method_not_allowed', 405, 405, 'Method Not Allowed'],
  ['invalid_arguments', 412, 412, 'Validation errors/ Invalid arguments'],
  ['nothing_selected', 400, 400, 'Please select at least one component'],
  ['invalid_file_id', 400, 400, 'Invalid file id'],
  ['invalid_request_id', 400, 400, 'Invalid request ID'],
])('%s is worded as clients of the platform know it', (name, status, code, msg) => {
  expect(errors[name]).toMatchObject({ status, code, msg });
});

describe('a thrown failure', () => {
  test('has the sentence and the detail in its message', () => {
    expect(new BotportError('app_unknown', 'cs-1')).toMatchObject({
      name: 'BotportError',
      type: 'app_unknown',
      detail: 'cs-1',
      message: 'No app has this client id: cs-1',
    });
  });

  test('has the sentence alone where there is no detail', () => {
    expect(new BotportError('app_unknown').message).toBe('No app has this client id');
  });

  test('keeps its cause', () => {
    const cause = new Error('below');
    expect(new BotportError('internal', undefined, { cause }).cause).toBe(cause);
  });
});

describe('the reply', () => {
  test('is one failure with msg, code and type', () => {
    expect(errorReply(new BotportError('invalid_token'))).toStrictEqual({
      errors: [{ msg: 'Invalid JWT token', code: 4002, type: 'invalid_token' }],
    });
  });

  test('has the detail where there is one', () => {
    expect(errorReply(new BotportError('invalid_stream_id', 'st-1'))).toStrictEqual({
      errors: [{ msg: 'Invalid StreamId', code: 400, type: 'invalid_stream_id', detail: 'st-1' }],
    });
  });

  test('says nothing of cause, stack and when to try again', () => {
    const cause = new Error('the password is swordfish');
    const text = JSON.stringify(
      errorReply(new BotportError('internal', undefined, { cause, retryAfter: 3 })),
    );
    expect(JSON.parse(text)).toEqual({
      errors: [{ msg: 'Internal Server Error', code: 500, type: 'internal' }],
    });
  });

  test('has no _id, which some clients take for success', () => {
    for (const [name] of entries)
      expect(JSON.stringify(errorReply(new BotportError(name)))).not.toContain('"_id"');
  });
});
