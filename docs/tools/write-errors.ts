import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ClientErrorEntry, clientErrors } from '../../src/client/errors.ts';
import { type ErrorEntry, type ErrorName, errors } from '../../src/errors.ts';
import { table } from './table.ts';

/** Where the page is kept. `npm run docs:errors` writes it, and a test compares it with the registry. */
export const errorPageFile = fileURLToPath(new URL('../errors.md', import.meta.url));

interface Family {
  title: string;
  intro: string;
  /** The family's first error in the registry; it reaches to the next family. */
  first: ErrorName;
}

const families: Family[] = [
  {
    title: 'Who may',
    intro:
      'Token, app, scope and bot. [The order of the checks](compatibility.md#order-of-checks) decides which one you see.',
    first: 'invalid_credentials',
  },
  {
    title: 'How to ask',
    intro: 'Path, method, body, limits, and the state of the server itself.',
    first: 'not_found',
  },
  { title: 'Files', intro: 'Uploads, and the file ids they give.', first: 'upload_malformed' },
  {
    title: 'Import',
    intro:
      'Most of these come after the request was taken: the import status then has `status: "failed"` and shows the error in `errors`.',
    first: 'invalid_request_id',
  },
  {
    title: 'Export',
    intro: 'Starting an export, asking for its status, and downloading the archive.',
    first: 'nothing_selected',
  },
  { title: 'Publish', intro: 'Publishing, and asking for its status.', first: 'no_publish' },
  {
    title: 'Webhooks',
    intro: 'Making [webhooks](webhooks.md), and asking for them.',
    first: 'webhook_unknown',
  },
  {
    title: 'Commands',
    intro: 'Printed by the commands, on standard error. No client of the API sees them.',
    first: 'collect_interrupted',
  },
];

const head = `# Errors

<!-- Made by \`npm run docs:errors\` from src/errors.ts and src/client/errors.ts. Change the text there. -->

Every failure you can cause has one entry here. A refused request is answered like this:

\`\`\`json
{ "errors": [{ "msg": "Invalid file id", "code": 400, "type": "invalid_file_id", "detail": "icon" }] }
\`\`\`

${table(
  ['member', 'what it is'],
  [
    ['`msg`', "a fixed sentence: the original's own where its documentation or behaviour shows one"],
    ['`code`', "a number: the original's own where it has one, else the HTTP status"],
    ['`type`', "Botport's name of the failure, as in the tables below"],
    ['`detail`', 'what was wrong this time; left out where there is nothing to add'],
  ],
)}

Every reply has a header \`x-request-id\`. The server's log has the same id as \`reqId\`.
`;

/** The whole page as text. */
export function errorPage(): string {
  return [head, ...families.map(familyText), clientText()].join('\n');
}

function familyText({ title, intro, first }: Family, index: number): string {
  const all = Object.entries(errors);
  const position = (name: ErrorName | undefined) =>
    name === undefined ? all.length : all.findIndex(([type]) => type === name);
  const members = all.slice(position(first), position(families[index + 1]?.first));
  const rows = members.map(([type, entry]) => cellsOf(type, entry));
  return `## ${title}\n\n${intro}\n\n${table(['type', 'status', 'code', 'msg', 'when', 'what to do'], rows)}\n`;
}

function clientText(): string {
  const rows = Object.entries(clientErrors).map(([type, { msg, when, remedy }]: [string, ClientErrorEntry]) =>
    [`\`${type}\``, msg, when, remedy].map(escaped),
  );
  const intro =
    'What calls of the [SDK](sdk.md) throw, as the `type` of a `ClientError`, and commands print when a host is to blame.';
  return `## The client\n\n${intro}\n\n${table(['type', 'message', 'when', 'what to do'], rows)}\n`;
}

function cellsOf(type: string, { status, code, msg, when, remedy }: ErrorEntry): string[] {
  return [`\`${type}\``, String(status), String(code), msg, when, remedy].map(escaped);
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}

if (import.meta.main) writeFileSync(errorPageFile, errorPage());
