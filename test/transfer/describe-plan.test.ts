import { expect, test } from 'vitest';
import { describePlan, describePlanInMarkdown } from '../../src/cli/describe-plan.ts';
import type { ImportPlan } from '../../src/client/replies.ts';

const none = { created: 0, replaced: 0, deleted: 0, kept: 0 };
const item = (name: string) => ({ id: 'dg-1', refId: null, name });

function planOf(more: Partial<ImportPlan> = {}): ImportPlan {
  return {
    digest: 'd',
    changes: true,
    counts: { ...none, created: 12 },
    sections: [
      {
        section: 'dialogs',
        state: 'changed',
        counts: { ...none, created: 12 },
        created: Array.from({ length: 12 }, (_, index) => item(`Dialog ${index}`)),
        replaced: [],
        deleted: [],
      },
    ],
    files: [{ name: 'bot_functions.js', state: 'changed' }],
    dangling: [
      {
        from: { section: 'dialogs', name: 'Pay' },
        kind: 'call',
        to: { what: 'dialog', value: 'dg-2', name: null },
        cause: 'not in the bot',
      },
    ],
    unsetVariables: ['apiKey'],
    ...more,
  };
}

test('a plan as text names the first items of each kind, and how many more there are', () => {
  const lines = describePlan(planOf());
  expect(lines[0]).toBe('12 created, 0 replaced, 0 deleted, 0 kept.');
  expect(lines).toContain('    created: "Dialog 9"');
  expect(lines).not.toContain('    created: "Dialog 10"');
  expect(lines).toContain('    created: 2 more');
  expect(lines).toContain('  bot_functions.js (changed)');
  expect(lines).toContain('  dialogs "Pay" -> dialog "dg-2" (call): not in the bot');
  expect(lines).toContain('  apiKey');
});

test('an item without a name is called by its id', () => {
  const [section] = planOf().sections;
  const plan = planOf({ sections: [{ ...section, created: [item('')] } as ImportPlan['sections'][number]] });
  expect(describePlan(plan)).toContain('    created: dg-1');
});

test('a plan that changes nothing says so, in both forms', () => {
  const plan = planOf({ changes: false });
  expect(describePlan(plan)).toEqual(['Nothing would change.']);
  expect(describePlanInMarkdown(plan)).toEqual(['Nothing would change.']);
});

test('names are no markup in Markdown, and mention nobody', () => {
  const [section] = planOf().sections;
  const created = [item('<img> | @team [x](y) `z` </details>')];
  const plan = planOf({ sections: [{ ...section, created } as ImportPlan['sections'][number]] });
  const text = describePlanInMarkdown(plan).join('\n');
  expect(text).toContain('\\<img\\> \\| @\u200bteam \\[x\\](y) \\`z\\` \\</details\\>');
  expect(text).toContain('| `dialogs` | changed | 12 | 0 | 0 |');
});
