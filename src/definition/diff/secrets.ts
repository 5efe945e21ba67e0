import { isObject, textOf } from '../item.ts';
import { isId } from './ids.ts';
import { readable } from './readable.ts';

/*
 * What a difference never shows. That it changed is said; the value is not.
 */

const secretName =
  /pass(?:word|wd|phrase|code)|\bpwd\b|secret|token|(?:api|access|private|subscription|account|auth|shared)[-_ ]?key|credential|authori[sz]ation|^x?-?auth$|signature|client[-_ ]?id/i;

/** Whether a field, variable or header of this name is likely to hold a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

const secretTexts: readonly RegExp[] = [
  /\b(?:bearer|basic)\s+[\w+/=.~-]{8,}/i,
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/,
  /-----BEGIN [A-Z ]*PRIVATE KEY/,
  /\b(?:sk|pk|rk|ghp|gho|xox[abprs]|AKIA|ASIA)[-_]?[A-Za-z0-9]{12,}/,
  /:\/\/[^\s/@:]+:[^\s/@]+@/,
  // A name for secrets with a value behind it, in JSON, a query or a script; a reference to a variable is none.
  /(?:pass(?:word|wd)|secret|token|api[-_]?key|authori[sz]ation|["']auth["'])["']?\s*[:=]\s*["']?(?!\{\{|env\.|context\.|\$)[\w+/=.~-]{6,}/i,
];

/** A long word of letters and digits, as keys are. */
const longKey = /^(?=[^a-zA-Z]*[a-zA-Z])(?=\D*\d)[\w+/=.~-]{24,}$/;

/** Whether a text looks as if a secret were in it. What has the form of an id mostly is one. */
export function looksSecret(text: string): boolean {
  return (longKey.test(text) && !isId(text)) || secretTexts.some((pattern) => pattern.test(text));
}

/** Sections that say how to reach other systems: no text of them is shown. */
const secretSections: ReadonlySet<string> = new Set([
  'channels',
  'externalNluAdapters',
  'idpConfigurations',
  'llmConfiguration',
  'llmConfigsForStream',
  'preBuiltIntegrations',
  'translationEngines',
]);

export function isSecretSection(section: string): boolean {
  return secretSections.has(section);
}

/** Members that hold what a variable, a header or a field is set to. */
const valueFields: ReadonlySet<string> = new Set([
  'value',
  'values',
  'fieldValue',
  'defaultValue',
  'localeData',
]);
const namingFields = ['key', 'name', 'fieldName'];

/** Whether a member of one of these two states of an object is a secret. */
export function isSecretMember(before: unknown, after: unknown, member: string): boolean {
  if (isSecretName(member)) return true;
  return valueFields.has(member) && (isSecretHolder(before, member) || isSecretHolder(after, member));
}

/** A variable that is set to something like an id may have a key there: those have the same form. */
function isSecretHolder(holder: unknown, member: string): boolean {
  if (!isObject(holder)) return false;
  if (holder.isSecured === true || isId(holder[member])) return true;
  return namingFields.some((field) => isSecretName(textOf(holder[field]) ?? ''));
}

/** Whether a value, or anything in it, may be a secret. */
export function holdsSecret(value: unknown): boolean {
  if (typeof value === 'string') return looksSecret(readable(value));
  if (Array.isArray(value)) return value.some(holdsSecret);
  if (!isObject(value)) return false;
  return Object.keys(value).some((member) => {
    const one = value[member];
    return (isSecretMember(value, value, member) && !isPlain(one)) || holdsSecret(one);
  });
}

/** Whether a value tells nothing but a choice, or that there is none: such is no secret, whatever it is called. */
export function isPlain(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'boolean' || value === '';
}
