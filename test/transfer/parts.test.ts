import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { readJsonObject } from '../../src/cli/json-option.ts';
import { chosenParts } from '../../src/cli/parts.ts';
import { collect, readList, readNumber } from '../../src/cli/values.ts';

test('what is chosen by options goes before what is given, list by list', () => {
  const given = {
    exportOptions: { tasks: ['botTask'], nlpData: ['patterns'] },
    subTasks: { dialogs: ['A', 'B'], alerts: ['C'] },
    customDashboards: false,
  };
  expect(chosenParts(given, { nlpData: ['utterances'], dialog: ['D', 'E'], dependent: true })).toEqual({
    exportOptions: { tasks: ['botTask'], nlpData: ['utterances'] },
    subTasks: { dialogs: ['D', 'E'], alerts: ['C'] },
    customDashboards: false,
    IncludeDependentTasks: true,
  });
});

test('where nothing is chosen, nothing is added: an empty choice would not mean everything', () => {
  expect(chosenParts({}, {})).toEqual({});
});

test('values of options are read as they are meant', () => {
  expect(readList(' botTask, forms ,')).toEqual(['botTask', 'forms']);
  expect(collect('b', collect('a'))).toEqual(['a', 'b']);
  expect(readNumber('12')).toBe(12);
  expect(readJsonObject('{"a":1}')).toEqual({ a: 1 });
});

test.each(['0', '-1', '1.5', 'two', '', '1e3'])('%j is no number of a version', (value) => {
  expect(() => readNumber(value)).toThrow(InvalidArgumentError);
});

test.each(['[]', 'null', '1', '{', '@none.json', ''])('%j is no JSON object', (value) => {
  expect(() => readJsonObject(value)).toThrow(InvalidArgumentError);
});
