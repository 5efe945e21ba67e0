/**
 * What Botport knows of the sections of a definition. Keys that are not named here are carried as they are.
 * Source: the platform's public documentation of bot exports, and docs/compatibility.md.
 */

/** Sections that Botport writes anew in every export; all others come out as they went in. */
export const rewrittenSections = ['_id', 'exportOptions', 'encryptedHash'] as const;
export type RewrittenSection = (typeof rewrittenSections)[number];

export function isRewritten(key: string): key is RewrittenSection {
  return (rewrittenSections as readonly string[]).includes(key);
}

/** An export that has no `exportOptions` gets them in front of the first of these sections. */
export const afterExportOptions: readonly string[] = [
  'feedbackSurveys',
  'environmentVersionInfo',
  'traits',
  'encryptedHash',
];

/** Sections whose items people know by name: the tasks of a bot and what is built like them. */
export const taskSections = [
  'dialogs',
  'actions',
  'alerts',
  'forms',
  'widgets',
  'knowledgeTasks',
  'experienceFlows',
] as const;
export type TaskSection = (typeof taskSections)[number];

export function isTaskSection(key: string): key is TaskSection {
  return (taskSections as readonly string[]).includes(key);
}

/** Sections that are lists of objects wherever they are there; `dialogs` every definition has. */
export const listSections: ReadonlySet<string> = new Set([
  ...taskSections,
  'advancedNLSettings',
  'contentVariables',
  'customDashboards',
  'customTemplates',
  'dialogComponents',
  'idpConfigurations',
  'koraResponses',
  'mlParams',
  'namespaces',
  'panels',
  'patterns',
  'sceneComponents',
  'scenes',
  'sentences',
  'smallTalk',
  'traits',
  'widgetThemes',
]);
