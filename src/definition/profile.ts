import { z } from 'zod';
import { BotportError } from '../errors.ts';
import { shortened } from './item.ts';

/** What a definition says of the bot as a whole. */
export interface Profile {
  name: string;
  description: string;
  type: string;
  purpose: string;
  defaultLanguage: string;
  languages: string[];
}

/** The sections the profile is read from. */
export const profileSections: ReadonlySet<string> = new Set([
  '_id',
  'defaultLanguage',
  'localeData',
  'purpose',
  'supportedLanguages',
  'type',
  'universalBotVersion',
]);

const schema = z.object({
  _id: z.string().min(1).optional(),
  defaultLanguage: z.string().min(1),
  localeData: z.record(
    z.string(),
    z.looseObject({ name: z.unknown().optional(), description: z.unknown().optional() }),
  ),
  purpose: z.string().nullish(),
  supportedLanguages: z.array(z.string()).nullish(),
  type: z.string().nullish(),
  universalBotVersion: z.unknown().optional(),
});

/**
 * Reads the profile from the values of {@link profileSections}.
 *
 * @throws `definition_incomplete` when the bot has no name in its default language, or a section has the wrong type
 * @throws `legacy_universal_bot` for a universal bot of the first generation, which has no `universalBotVersion`
 */
export function readProfile(sections: Record<string, unknown>): Profile {
  const parsed = schema.safeParse(sections);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new BotportError('definition_incomplete', `${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { defaultLanguage, localeData, purpose, supportedLanguages, type, universalBotVersion } = parsed.data;
  if (type === 'universalbot' && typeof universalBotVersion !== 'number') {
    throw new BotportError('legacy_universal_bot');
  }
  const locale = Object.hasOwn(localeData, defaultLanguage) ? localeData[defaultLanguage] : undefined;
  if (typeof locale?.name !== 'string' || locale.name === '') {
    throw new BotportError(
      'definition_incomplete',
      `localeData.${defaultLanguage}.name: the bot has no name`,
    );
  }
  return {
    name: shortened(locale.name),
    description: typeof locale.description === 'string' ? shortened(locale.description) : '',
    type: type ?? 'default',
    purpose: purpose ?? 'customer',
    defaultLanguage,
    languages: supportedLanguages ?? [defaultLanguage],
  };
}
