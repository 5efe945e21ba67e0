/** The options that choose parts of a bot. */
export interface PartsOptions {
  settings?: string[];
  tasks?: string[];
  nlpData?: string[];
  dialog?: string[];
  dependent?: boolean;
}

/** A choice of parts in the API's own words: what is given, and the options before it. */
export function chosenParts(
  given: Readonly<Record<string, unknown>>,
  { settings, tasks, nlpData, dialog, dependent }: PartsOptions,
): Record<string, unknown> {
  const families = Object.entries({ settings, tasks, nlpData }).filter(([, names]) => names !== undefined);
  return {
    ...given,
    ...(families.length > 0
      ? { exportOptions: { ...asObject(given.exportOptions), ...Object.fromEntries(families) } }
      : {}),
    ...(dialog ? { subTasks: { ...asObject(given.subTasks), dialogs: dialog } } : {}),
    ...(dependent ? { IncludeDependentTasks: true } : {}),
  };
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
