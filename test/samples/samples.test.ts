import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

/** A JSON object whose keys the test does not list. */
type Json = { readonly [key: string]: unknown };

interface Transition {
  readonly default?: string;
  readonly then?: string;
}

interface Node {
  readonly nodeId: string;
  readonly type: string;
  readonly componentId: string;
  readonly flowTaskId?: string;
  readonly transitions?: readonly Transition[];
  readonly nodes?: readonly Node[];
  readonly nodeOptions?: { readonly eventOptions?: Readonly<Record<string, { readonly ref?: string }>> };
}

interface Item extends Json {
  readonly _id: string;
  readonly refId: string;
  readonly name: string;
  readonly type: string;
}

interface Dialog extends Item {
  readonly nodes: readonly Node[];
  readonly sceneRefId: string;
}

interface Component extends Item {
  readonly nodes?: readonly Node[];
  readonly dialogId?: string;
  readonly resourceId?: string;
  readonly idp?: string;
  readonly localeData: Readonly<Record<string, { readonly traitRules?: readonly (readonly string[])[] }>>;
}

interface Sentence {
  readonly _id: string;
  readonly taskId: string;
  readonly taskName: string;
  readonly sentence: string;
  readonly language: string;
  readonly entities: readonly {
    readonly startIndex: number;
    readonly endIndex: number;
    readonly entityId: string;
  }[];
}

interface Faq extends Json {
  readonly question: string;
  readonly dialogRefId?: string;
  readonly answer: readonly { readonly text: string }[];
}

interface Graph extends Json {
  readonly taxonomy: readonly {
    readonly nodeId: string;
    readonly parent: readonly string[];
    readonly traitRule: readonly (readonly string[])[];
  }[];
  readonly faqs: {
    readonly faqs: readonly Faq[];
    readonly traitGroups?: readonly { readonly _id: string }[];
  };
}

interface Form extends Item {
  readonly integrations: readonly {
    readonly resourceId: string;
    readonly resourceMeta: { readonly componentId: string };
  }[];
}

interface Scene extends Item {
  readonly dialogRefId: string;
  readonly widgetThemeId: string;
  readonly components: Json;
  readonly dialogLinks: Readonly<Record<string, { readonly dialogRefId: string }>>;
}

interface Definition extends Json {
  readonly _id: string;
  readonly defaultDialogId: string;
  readonly translationEngineId?: string;
  readonly encryptedHash: string;
  readonly supportedLanguages: readonly string[];
  readonly vNameSpace?: readonly string[];
  readonly krVNameSpace?: readonly string[];
  readonly evVNameSpace?: readonly string[];
  readonly pii_patterns?: readonly { readonly mappedEntities: readonly string[] }[];
  readonly twilioVoiceSettings?: { readonly callTerminationHandler: string };
  readonly botEvents: Readonly<Record<string, { readonly task?: string | null }>>;
  readonly botSentimentEvents?: readonly { readonly task: string }[];
  readonly translationEngines?: readonly Item[];
  readonly idpConfigurations: readonly Item[];
  readonly actions: readonly Item[];
  readonly alerts: readonly Item[];
  readonly patterns: readonly { readonly refId: string; readonly taskName: string }[];
  readonly dialogs: readonly Dialog[];
  readonly dialogComponents: readonly Component[];
  readonly scenes: readonly Scene[];
  readonly sceneComponents: readonly (Item & { readonly sceneId: string })[];
  readonly widgetThemes: readonly Item[];
  readonly knowledgeTasks: readonly Graph[];
  readonly smallTalk: readonly { readonly language: string; readonly groups: readonly Json[] }[];
  readonly widgets?: readonly (Item & { readonly source: { readonly resource: string } })[];
  readonly panels?: readonly (Item & { readonly widgets: readonly string[] })[];
  readonly forms?: readonly Form[];
  readonly sentences: readonly Sentence[];
  readonly mlParams: readonly { readonly dialogIntents: readonly string[] }[];
  readonly contentVariables: readonly { readonly key: string }[];
  readonly namespaces: readonly Item[];
  readonly exportOptions: { readonly subTasks: Readonly<Record<string, readonly string[]>> };
  readonly traits: readonly { readonly _id: string; readonly traits: Json }[];
}

interface Config {
  readonly name: string;
  readonly envVariables: readonly {
    readonly key: string;
    readonly value: string;
    readonly isSecured: boolean;
  }[];
}

interface Sample {
  readonly definition: Definition;
  readonly definitionText: string;
  readonly config: Config;
  readonly configText: string;
}

const pathOf = (sample: string, file: string): string =>
  fileURLToPath(new URL(`../../samples/${sample}/${file}`, import.meta.url));

function load(name: string): Sample {
  const definitionText = readFileSync(pathOf(name, 'botDefinition.json'), 'utf8');
  const configText = readFileSync(pathOf(name, 'config.json'), 'utf8');
  return {
    definitionText,
    configText,
    definition: JSON.parse(definitionText) as Definition,
    config: JSON.parse(configText) as Config,
  };
}

/** Every string below a value, object keys left out. */
function* strings(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const item of value) yield* strings(item);
  else if (value !== null && typeof value === 'object')
    for (const item of Object.values(value)) yield* strings(item);
}

/** Every value stored under one key, at any depth; lists are flattened. */
function* valuesOf(key: string, value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* valuesOf(key, item);
  else if (value !== null && typeof value === 'object') {
    for (const [name, inner] of Object.entries(value)) {
      if (name === key) yield* strings(inner);
      else yield* valuesOf(key, inner);
    }
  }
}

/** Scripts, messages and payloads are stored URL-encoded; other texts may hold a bare percent sign. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The KEYs of `prefix.KEY` in any text of the definition. */
const keysNamedInTexts = (definition: Definition, prefix: string): string[] =>
  [...strings(definition)].flatMap((text) =>
    [...decoded(text).matchAll(new RegExp(`(?<![\\w.])${prefix}\\.([A-Za-z]\\w*)`, 'g'))].map(
      (match) => match[1] ?? '',
    ),
  );

const ids = (items: readonly { readonly _id: string }[] = []): string[] => items.map((item) => item._id);
const refs = (items: readonly { readonly refId: string }[] = []): string[] => items.map((item) => item.refId);
const present = (values: readonly (string | null | undefined)[]): string[] =>
  values.filter((value): value is string => value !== undefined && value !== null && value !== '');
const nodesOf = (definition: Definition): Node[] => definition.dialogs.flatMap((dialog) => dialog.nodes);
const componentsOfType = (definition: Definition, type: string): Component[] =>
  definition.dialogComponents.filter((component) => component.type === type);
const traitNames = (definition: Definition): string[] =>
  definition.traits.flatMap((group) => Object.keys(group.traits));
const target = (transition: Transition): string | undefined => transition.then ?? transition.default;

/** The reference graph: who names whom. */
interface Reference {
  readonly from: string;
  readonly to: string;
  readonly names: (sample: Sample) => readonly string[];
  readonly known: (sample: Sample) => readonly string[];
}

const references: readonly Reference[] = [
  {
    from: 'a dialog node',
    to: 'a component',
    names: ({ definition }) => nodesOf(definition).map((node) => node.componentId),
    known: ({ definition }) => ids(definition.dialogComponents),
  },
  {
    from: 'a node inside a bot action',
    to: 'a component',
    names: ({ definition }) =>
      nodesOf(definition)
        .flatMap((node) => node.nodes ?? [])
        .map((node) => node.componentId),
    known: ({ definition }) => ids(definition.dialogComponents),
  },
  {
    from: 'a bot action component',
    to: 'a component',
    names: ({ definition }) =>
      definition.dialogComponents
        .flatMap((component) => component.nodes ?? [])
        .map((node) => node.componentId),
    known: ({ definition }) => ids(definition.dialogComponents),
  },
  {
    from: 'a node that calls a dialog',
    to: 'a dialog',
    names: ({ definition }) => present(nodesOf(definition).map((node) => node.flowTaskId)),
    known: ({ definition }) => refs(definition.dialogs),
  },
  {
    from: 'an intent component',
    to: 'its dialog',
    names: ({ definition }) =>
      present(componentsOfType(definition, 'intent').map((component) => component.dialogId)),
    known: ({ definition }) => ids(definition.dialogs),
  },
  {
    from: 'a form component',
    to: 'a form',
    names: ({ definition }) =>
      present(componentsOfType(definition, 'form').map((component) => component.resourceId)),
    known: ({ definition }) => refs(definition.forms),
  },
  {
    from: 'a service component',
    to: 'an authorization profile',
    names: ({ definition }) =>
      present(definition.dialogComponents.map((component) => component.idp)).filter(
        (name) => name !== 'none',
      ),
    known: ({ definition }) => definition.idpConfigurations.map((profile) => profile.name),
  },
  {
    from: 'a trait rule of an intent',
    to: 'a trait',
    names: ({ definition }) =>
      definition.dialogComponents.flatMap((component) =>
        Object.values(component.localeData).flatMap((locale) => (locale.traitRules ?? []).flat()),
      ),
    known: ({ definition }) => traitNames(definition),
  },
  {
    from: 'a dialog',
    to: 'its scene',
    names: ({ definition }) => definition.dialogs.map((dialog) => dialog.sceneRefId),
    known: ({ definition }) => refs(definition.scenes),
  },
  {
    from: 'a scene',
    to: 'a dialog',
    names: ({ definition }) =>
      definition.scenes.flatMap((scene) => [
        scene.dialogRefId,
        ...Object.values(scene.dialogLinks).map((link) => link.dialogRefId),
      ]),
    known: ({ definition }) => refs(definition.dialogs),
  },
  {
    from: 'a scene',
    to: 'a scene component',
    names: ({ definition }) =>
      definition.scenes.flatMap((scene) => [
        ...Object.keys(scene.components),
        ...Object.keys(scene.dialogLinks),
      ]),
    known: ({ definition }) => ids(definition.sceneComponents),
  },
  {
    from: 'a scene',
    to: 'a widget theme',
    names: ({ definition }) => definition.scenes.map((scene) => scene.widgetThemeId),
    known: ({ definition }) => ids(definition.widgetThemes),
  },
  {
    from: 'a scene component',
    to: 'its scene',
    names: ({ definition }) => definition.sceneComponents.map((component) => component.sceneId),
    known: ({ definition }) => ids(definition.scenes),
  },
  {
    from: 'a pattern',
    to: 'a component or an action',
    names: ({ definition }) => refs(definition.patterns),
    known: ({ definition }) => [...refs(definition.dialogComponents), ...refs(definition.actions)],
  },
  {
    from: 'the task name of a pattern',
    to: 'the name of a component or an action',
    names: ({ definition }) => definition.patterns.map((pattern) => pattern.taskName),
    known: ({ definition }) =>
      [...definition.dialogComponents, ...definition.actions].map((item) => item.name),
  },
  {
    from: 'a sentence',
    to: 'an intent component',
    names: ({ definition }) => definition.sentences.map((sentence) => sentence.taskId),
    known: ({ definition }) => ids(componentsOfType(definition, 'intent')),
  },
  {
    from: 'the task name of a sentence',
    to: 'the name of an intent component',
    names: ({ definition }) => definition.sentences.map((sentence) => sentence.taskName),
    known: ({ definition }) => componentsOfType(definition, 'intent').map((component) => component.name),
  },
  {
    from: 'a marked value in a sentence',
    to: 'an entity component',
    names: ({ definition }) =>
      definition.sentences.flatMap((sentence) => sentence.entities.map((entity) => entity.entityId)),
    known: ({ definition }) => ids(componentsOfType(definition, 'entity')),
  },
  {
    from: 'a machine learning model',
    to: 'a dialog',
    names: ({ definition }) => definition.mlParams.flatMap((model) => model.dialogIntents),
    known: ({ definition }) => refs(definition.dialogs),
  },
  {
    from: 'the default dialog',
    to: 'a dialog',
    names: ({ definition }) => [definition.defaultDialogId],
    known: ({ definition }) => refs(definition.dialogs),
  },
  {
    from: 'a bot event',
    to: 'a dialog',
    names: ({ definition }) => present(Object.values(definition.botEvents).map((event) => event.task)),
    known: ({ definition }) => refs(definition.dialogs),
  },
  {
    from: 'a sentiment event',
    to: 'a dialog',
    names: ({ definition }) => (definition.botSentimentEvents ?? []).map((event) => event.task),
    known: ({ definition }) => refs(definition.dialogs),
  },
  {
    from: 'a call termination handler',
    to: 'a dialog',
    names: ({ definition }) => present([...valuesOf('callTerminationHandler', definition)]),
    known: ({ definition }) => refs(definition.dialogs),
  },
  {
    from: 'a question',
    to: 'a dialog',
    names: ({ definition }) =>
      present(definition.knowledgeTasks.flatMap((graph) => graph.faqs.faqs.map((faq) => faq.dialogRefId))),
    known: ({ definition }) => refs(definition.dialogs),
  },
  {
    from: 'a trait group of a knowledge graph',
    to: 'a trait group',
    names: ({ definition }) => definition.knowledgeTasks.flatMap((graph) => ids(graph.faqs.traitGroups)),
    known: ({ definition }) => ids(definition.traits),
  },
  {
    from: 'a trait rule of a topic',
    to: 'a trait',
    names: ({ definition }) =>
      definition.knowledgeTasks.flatMap((graph) => graph.taxonomy.flatMap((topic) => topic.traitRule.flat())),
    known: ({ definition }) => traitNames(definition),
  },
  {
    from: 'a form',
    to: 'a dialog',
    names: ({ definition }) =>
      (definition.forms ?? []).flatMap((form) =>
        form.integrations.map((integration) => integration.resourceId),
      ),
    known: ({ definition }) => refs(definition.dialogs),
  },
  {
    from: 'a form',
    to: 'a form component',
    names: ({ definition }) =>
      (definition.forms ?? []).flatMap((form) =>
        form.integrations.map((integration) => integration.resourceMeta.componentId),
      ),
    known: ({ definition }) => refs(componentsOfType(definition, 'form')),
  },
  {
    from: 'a widget',
    to: 'a dialog',
    names: ({ definition }) => (definition.widgets ?? []).map((widget) => widget.source.resource),
    known: ({ definition }) => refs(definition.dialogs),
  },
  {
    from: 'a panel',
    to: 'a widget',
    names: ({ definition }) => (definition.panels ?? []).flatMap((panel) => panel.widgets),
    known: ({ definition }) => refs(definition.widgets),
  },
  {
    from: 'a pattern for personal data',
    to: 'an entity component',
    names: ({ definition }) => (definition.pii_patterns ?? []).flatMap((pattern) => pattern.mappedEntities),
    known: ({ definition }) => ids(componentsOfType(definition, 'entity')),
  },
  {
    from: 'the chosen translation engine',
    to: 'a translation engine',
    names: ({ definition }) => present([definition.translationEngineId]),
    known: ({ definition }) => refs(definition.translationEngines),
  },
  {
    from: 'the bot',
    to: 'a name space by id',
    names: ({ definition }) => definition.vNameSpace ?? [],
    known: ({ definition }) => ids(definition.namespaces),
  },
  {
    from: 'the bot',
    to: 'a name space by refId',
    names: ({ definition }) => [...(definition.krVNameSpace ?? []), ...(definition.evVNameSpace ?? [])],
    known: ({ definition }) => refs(definition.namespaces),
  },
  {
    from: 'an item',
    to: 'a name space',
    names: ({ definition, config }) => [
      ...valuesOf('vNameSpace', [
        ...Object.values(definition).filter(
          (section) => Array.isArray(section) && typeof section[0] === 'object',
        ),
        config,
      ]),
    ],
    known: ({ definition }) => refs(definition.namespaces),
  },
  {
    from: 'env.KEY in a text',
    to: 'a variable in config.json',
    names: ({ definition }) => keysNamedInTexts(definition, 'env'),
    known: ({ config }) => config.envVariables.map((variable) => variable.key),
  },
  {
    from: 'content.KEY in a text',
    to: 'a content variable',
    names: ({ definition }) => keysNamedInTexts(definition, 'content'),
    known: ({ definition }) => definition.contentVariables.map((variable) => variable.key),
  },
  {
    from: 'an item that says which bot it is part of',
    to: 'the bot',
    names: ({ definition }) => ['streamId', 'sId'].flatMap((key) => [...valuesOf(key, definition)]),
    known: ({ definition }) => [definition._id],
  },
  {
    from: 'an agent assist rule, playbook or experience flow',
    to: 'a dialog',
    names: ({ definition }) =>
      ['agentAssistRules', 'agentAssistPlaybooks', 'experienceFlows'].flatMap((key) => [
        ...valuesOf('dialogRefId', definition[key]),
      ]),
    known: ({ definition }) => refs(definition.dialogs),
  },
  {
    from: 'exportOptions.subTasks',
    to: 'a dialog, alert, action or experience flow',
    names: ({ definition }) =>
      Object.entries(definition.exportOptions.subTasks)
        .filter(([kind]) => kind !== 'forms')
        .flatMap(([, list]) => list),
    known: ({ definition }) => [
      ...ids(definition.dialogs),
      ...ids(definition.alerts),
      ...ids(definition.actions),
      ...ids((definition.experienceFlows ?? []) as readonly Item[]),
    ],
  },
];

/** What a reference names and the sample does not have. */
function dangling(reference: Reference, sample: Sample): string[] {
  const known = new Set(reference.known(sample));
  return reference.names(sample).filter((name) => !known.has(name));
}

/** Keys that every export has. */
const alwaysThere =
  '_id refId purpose type defaultLanguage supportedLanguages languagePreferences localeData isNLEnabled multiLingualConfigurations interruptOptions detectMultiIntent assignAllChildBots recentBotLimit isCsMatchEnabled defaultDialogId advancedNLSettings botEvents idpConfigurations actions alerts patterns dialogComponents dialogs scenes sceneComponents widgetThemes knowledgeTasks smallTalk unexportedTasks customDashboards paramMaps taskDgParamMaps sentences koraResponses customTemplates mlParams contentVariables namespaces exportOptions environmentVersionInfo traits encryptedHash'.split(
    ' ',
  );

/** Every key that a bot which is not a universal bot can have, in the order of a full export. */
const keysOfAFullExport =
  '_id refId notifyUserViaEmail purpose hasTenant hasUserEndpoint offKoraConfirmation skipMakeEditLinks type variables showInMp defaultLanguage supportedLanguages languagePreferences ivrSettings twilioVoiceSettings deflectAppStatus enable_pii strict_pii pii_patterns languageConfigurations solutionBotSettings channels audioCodesSettings korevgSettings enableNameSpace vNameSpace krVNameSpace evVNameSpace color demoVideoLink sBannerColor enableInputTranslation translationEngineId multiLingualConfigurations isSmartAssist bBannerColor categoryIds class featured sendVcf isNLEnabled interruptsEnabled externalNluAdapters sessionInactiveTime sessionClosureProcess skipSessionMessage clearAllAuthTokens runCustomScript isDeflect languagesToBeIgnored localeData interruptOptions confidenceConfigs detectMultiIntent assignAllChildBots recentBotLimit isCsMatchEnabled defaultDialogId enableAutoUtteranceAddition amendConfig botSentimentEvents enableNegativePatterns advancedNLSettings translationEngines llmConfiguration promptLibraries llmConfigsForStream preBuiltIntegrations botEvents idpConfigurations actions alerts patterns dialogComponents dialogs scenes sceneComponents widgetThemes knowledgeTasks smallTalk widgets panels forms experienceFlows metaTags unexportedTasks customDashboards agentAssistRules agentAssistPlaybooks agentAssistWidgetSettings agentAssistLayoutSettings paramMaps taskDgParamMaps sentences koraResponses customTemplates mlParams contentVariables namespaces exportOptions feedbackSurveys environmentVersionInfo traits encryptedHash'.split(
    ' ',
  );

const duplicates = (values: readonly string[]): string[] =>
  values.filter((value, index) => values.indexOf(value) !== index);

describe.each(['bank-assistant', 'tiny'])('samples/%s', (name) => {
  const sample = load(name);
  const { definition, config } = sample;

  it('writes its definition the way JSON.stringify does with four spaces, without a final newline', () => {
    expect(sample.definitionText === JSON.stringify(definition, null, 4)).toBe(true);
  });

  it('writes its config the way JSON.stringify does with four spaces, without a final newline', () => {
    expect(sample.configText).toBe(JSON.stringify(config, null, 4));
  });

  it('has a config of name and envVariables only, the name being that of the default language', () => {
    const locale = (definition.localeData as Readonly<Record<string, Json>>)[
      definition.defaultLanguage as string
    ];
    expect(Object.keys(config)).toEqual(['name', 'envVariables']);
    expect(config.name).toBe(locale?.name);
  });

  it('has every key that is always there', () => {
    expect(alwaysThere.filter((key) => !(key in definition))).toEqual([]);
  });

  it('keeps its keys in the order of a full export', () => {
    expect(Object.keys(definition)).toEqual(keysOfAFullExport.filter((key) => key in definition));
  });

  it('ends with an encryptedHash of 32 hexadecimal digits', () => {
    expect(Object.keys(definition).at(-1)).toBe('encryptedHash');
    expect(definition.encryptedHash).toMatch(/^[0-9a-f]{32}$/);
  });

  it('has ids and refIds that are unique in their section', () => {
    const sections = Object.entries(definition).filter((entry): entry is [string, Json[]] =>
      Array.isArray(entry[1]),
    );
    const found = sections.flatMap(([section, items]) =>
      ['_id', 'refId'].flatMap((key) =>
        duplicates(items.map((item) => item?.[key]).filter((value) => typeof value === 'string')).map(
          (value) => `${section}.${key} ${value}`,
        ),
      ),
    );
    expect(found).toEqual([]);
  });

  it('has node ids that are unique in their dialog', () => {
    expect(
      definition.dialogs.flatMap((dialog) => duplicates(dialog.nodes.map((node) => node.nodeId))),
    ).toEqual([]);
  });

  it('uses version 5 UUIDs throughout', () => {
    const uuids = [...strings(definition), ...strings(config)].filter((text) =>
      /^(?:[a-z]+-)*[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text),
    );
    expect(uuids.filter((text) => !/-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text))).toEqual([]);
    expect(uuids.length).toBeGreaterThan(0);
  });

  it.each(references)('resolves every reference from $from to $to', (reference) => {
    expect(dangling(reference, sample)).toEqual([]);
  });

  it('shares with each dialog call the root intent component of the called dialog', () => {
    const dialogOf = new Map(definition.dialogs.map((dialog) => [dialog.refId, dialog._id]));
    const componentOf = new Map(definition.dialogComponents.map((component) => [component._id, component]));
    const calls = nodesOf(definition).filter((node) => node.flowTaskId !== undefined);
    expect(
      calls.filter(
        (node) => componentOf.get(node.componentId)?.dialogId !== dialogOf.get(node.flowTaskId ?? ''),
      ),
    ).toEqual([]);
  });

  it('leads every transition and retry to a node of the same dialog or to the end', () => {
    const lost = definition.dialogs.flatMap((dialog) => {
      const known = new Set(['end', '', ...dialog.nodes.map((node) => node.nodeId)]);
      const named = dialog.nodes.flatMap((node) => [
        ...(node.transitions ?? []).map(target),
        ...Object.values(node.nodeOptions?.eventOptions ?? {}).map((retry) => retry.ref ?? ''),
      ]);
      return named.filter((nodeId) => nodeId === undefined || !known.has(nodeId));
    });
    expect(lost).toEqual([]);
  });

  it('repeats in each bot action node the nodes of its component, which lead to each other or to the end', () => {
    const componentOf = new Map(definition.dialogComponents.map((component) => [component._id, component]));
    for (const node of nodesOf(definition).filter(({ type }) => type === 'botAction')) {
      const inner = componentOf.get(node.componentId)?.nodes ?? [];
      const known = inner.map(({ nodeId }) => nodeId);
      expect(node.nodes?.map(({ nodeId }) => nodeId)).toEqual(known);
      expect(
        inner
          .flatMap(({ transitions }) => (transitions ?? []).map(target))
          .filter((nodeId) => nodeId === undefined || ![...known, 'end'].includes(nodeId)),
      ).toEqual([]);
    }
  });

  it('can reach every node of a dialog from its first', () => {
    const cutOff = definition.dialogs.flatMap((dialog) => {
      const nodeOf = new Map(dialog.nodes.map((node) => [node.nodeId, node]));
      const reached = new Set<string>();
      const walk = (nodeId: string): void => {
        const node = nodeOf.get(nodeId);
        if (node === undefined || reached.has(nodeId)) return;
        reached.add(nodeId);
        const retries = Object.values(node.nodeOptions?.eventOptions ?? {}).map((retry) => retry.ref);
        for (const next of [...(node.transitions ?? []).map(target), ...retries])
          if (next !== undefined) walk(next);
      };
      walk('intent0');
      return dialog.nodes.filter((node) => !reached.has(node.nodeId));
    });
    expect(cutOff).toEqual([]);
  });

  it('has no component that no dialog uses', () => {
    const nodes = [
      ...nodesOf(definition),
      ...definition.dialogComponents.flatMap((component) => component.nodes ?? []),
    ];
    const used = new Set(nodes.map((node) => node.componentId));
    expect(ids(definition.dialogComponents).filter((id) => !used.has(id))).toEqual([]);
  });

  it('has one pattern entry for each intent, entity and action', () => {
    const expected = [
      ...componentsOfType(definition, 'intent'),
      ...componentsOfType(definition, 'entity'),
      ...definition.actions,
    ];
    expect(refs(definition.patterns).toSorted()).toEqual(refs(expected).toSorted());
  });

  it('marks values inside the text of their sentence only', () => {
    const outside = definition.sentences.filter(({ sentence, entities }) =>
      entities.some(
        ({ startIndex, endIndex }) =>
          sentence.slice(startIndex, endIndex).trim().length !== endIndex - startIndex,
      ),
    );
    expect(outside).toEqual([]);
  });

  it('lists in exportOptions.subTasks the ids of all its dialogs', () => {
    expect(definition.exportOptions.subTasks.dialogs).toEqual(ids(definition.dialogs));
  });

  it('names example hosts only', () => {
    const hosts = [...strings(definition), ...strings(config)].flatMap((text) =>
      [...decoded(text).matchAll(/https?:\/\/([^/\s"']+)|@([a-z0-9-]+(?:\.[a-z0-9-]+)+)/gi)].map(
        (match) => match[1] ?? match[2] ?? '',
      ),
    );
    expect(
      [...hosts, ...valuesOf('host', definition)].filter((host) => host !== '' && !host.endsWith('.example')),
    ).toEqual([]);
  });

  it('comes with a PNG icon of 40 by 40 pixels', () => {
    const icon = readFileSync(pathOf(name, 'icon.png'));
    expect(icon.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect([icon.readUInt32BE(16), icon.readUInt32BE(20)]).toEqual([40, 40]);
  });

  it('explains itself in a README', () => {
    expect(existsSync(pathOf(name, 'README.md'))).toBe(true);
  });
});

describe('samples/bank-assistant', () => {
  const sample = load('bank-assistant');
  const { definition, config } = sample;

  it('has every key that a bot can have', () => {
    expect(Object.keys(definition)).toEqual(keysOfAFullExport);
  });

  it.each(references)('has at least one reference from $from to $to', (reference) => {
    expect(reference.names(sample).length).toBeGreaterThan(0);
  });

  it('has 25 dialogs or more', () => {
    expect(definition.dialogs.length).toBeGreaterThanOrEqual(25);
  });

  it('has components of every kind', () => {
    expect([...new Set(definition.dialogComponents.map((component) => component.type))].toSorted()).toEqual([
      'agentTransfer',
      'botAction',
      'dialogAct',
      'entity',
      'form',
      'intent',
      'logic',
      'message',
      'script',
      'service',
    ]);
  });

  it('has 300 sentences or more, no two alike, some in each language', () => {
    expect(definition.sentences.length).toBeGreaterThanOrEqual(300);
    expect(duplicates(definition.sentences.map((sentence) => sentence.sentence.toLowerCase()))).toEqual([]);
    expect(new Set(definition.sentences.map((sentence) => sentence.language))).toEqual(
      new Set(definition.supportedLanguages),
    );
  });

  it('marks values in 50 sentences or more', () => {
    expect(
      definition.sentences.filter((sentence) => sentence.entities.length > 0).length,
    ).toBeGreaterThanOrEqual(50);
  });

  it('has utterances for every dialog that users can start', () => {
    const intentOf = new Map(
      componentsOfType(definition, 'intent').map((component) => [component.dialogId, component._id]),
    );
    const spoken = new Set(definition.sentences.map((sentence) => sentence.taskId));
    expect(
      definition.dialogs.filter(
        (dialog) => dialog.isHidden !== true && !spoken.has(intentOf.get(dialog._id) ?? ''),
      ),
    ).toEqual([]);
  });

  it('has 60 questions or more, each with an answer or a dialog', () => {
    const questions = definition.knowledgeTasks.flatMap((graph) => graph.faqs.faqs);
    expect(questions.length).toBeGreaterThanOrEqual(60);
    expect(questions.filter((faq) => faq.dialogRefId === undefined && faq.answer.length === 0)).toEqual([]);
  });

  it('hangs every topic of a knowledge graph below one of the same graph', () => {
    const lost = definition.knowledgeTasks.flatMap((graph) => {
      const known = new Set(graph.taxonomy.map((topic) => topic.nodeId));
      return graph.taxonomy.flatMap((topic) => topic.parent).filter((nodeId) => !known.has(nodeId));
    });
    expect(lost).toEqual([]);
  });

  it('has small talk in two languages', () => {
    expect(definition.smallTalk.map((talk) => talk.language)).toEqual(['en', 'de']);
    expect(definition.smallTalk.filter((talk) => talk.groups.length === 0)).toEqual([]);
  });

  it('has one secured variable, without its value, that services use', () => {
    const secured = config.envVariables.filter((variable) => variable.isSecured);
    expect(secured.map((variable) => variable.value)).toEqual(['']);
    expect(keysNamedInTexts(definition, 'env')).toContain(secured[0]?.key);
  });

  it('uses every variable it brings along', () => {
    expect(
      config.envVariables
        .map((variable) => variable.key)
        .filter((key) => !keysNamedInTexts(definition, 'env').includes(key)),
    ).toEqual([]);
    expect(
      definition.contentVariables
        .map((variable) => variable.key)
        .filter((key) => !keysNamedInTexts(definition, 'content').includes(key)),
    ).toEqual([]);
  });

  it('has scripts that parse', () => {
    const scripts = componentsOfType(definition, 'script').map((component) =>
      decoded(component.script as string),
    );
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) expect(() => new Function(script)).not.toThrow();
  });
});

describe('samples/bank-assistant/bot_functions.js', () => {
  const functions: Record<string, (...values: unknown[]) => unknown> = {};
  runInNewContext(readFileSync(pathOf('bank-assistant', 'bot_functions.js'), 'utf8'), functions);

  it('writes amounts with symbol, thousands and cents', () => {
    expect([
      functions.formatAmount?.(123456, 'EUR'),
      functions.formatAmount?.(-640, 'EUR'),
      functions.formatAmount?.(100000, 'CHF'),
      functions.formatAmount?.(5000, 'JPY'),
    ]).toEqual(['€1,234.56', '-€6.40', 'CHF 1,000.00', '¥5,000']);
  });

  it('masks an account number but for its last four characters', () => {
    expect(functions.maskAccountNumber?.('GB59 HRBR 0099 0012 3456 78')).toBe('•••• 5678');
  });

  it('tells a right IBAN from one with a wrong check digit', () => {
    expect([
      functions.isValidIban?.('GB59 HRBR 0099 0012 3456 78'),
      functions.isValidIban?.('GB58 HRBR 0099 0012 3456 78'),
      functions.isValidIban?.('hello'),
    ]).toEqual([true, false, false]);
  });

  it('skips the weekend when it looks for the next banking day', () => {
    expect(functions.nextBankingDay?.('2024-03-15T12:00:00Z')).toBe('2024-03-18');
  });
});
