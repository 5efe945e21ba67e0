import type { BotOutline, Link, Outline, Target } from './outline.ts';

/** Something that refers to others: an item, or a section that is no list. */
export interface Holder {
  section: string;
  /** Position of the item; -1 for a section that is no list. */
  index: number;
}

/** A reference from one thing to another, of which the target may not be there. */
export interface Reference {
  from: Holder;
  /** The task the holder is a part of, or is itself; undefined where it belongs to none. */
  task: Outline | undefined;
  link: Link;
  /** The item referred to; undefined when the bot has no such item. */
  target: Outline | undefined;
}

/** Finds what references point at, and what a dialog is made of. */
export class References {
  readonly #bot: BotOutline;
  readonly #dialogs = new Map<string, Outline>();
  readonly #components = new Map<string, Outline>();
  readonly #forms = new Map<string, Outline>();
  readonly #profiles = new Map<string, Outline>();
  readonly #contentVariables = new Map<string, Outline>();
  readonly #nameSpaces = new Map<string, Outline>();
  readonly #environment: ReadonlySet<string>;
  readonly #parts = new Map<number, readonly Outline[]>();

  constructor(bot: BotOutline) {
    this.#bot = bot;
    this.#environment = new Set(bot.variables);
    for (const dialog of this.items('dialogs')) index(this.#dialogs, dialog, [dialog.id, dialog.refId]);
    for (const component of this.items('dialogComponents')) {
      index(this.#components, component, [component.id, component.refId]);
    }
    for (const form of this.items('forms')) index(this.#forms, form, [form.id, form.refId]);
    for (const profile of this.items('idpConfigurations')) index(this.#profiles, profile, profile.names);
    for (const space of this.items('namespaces')) index(this.#nameSpaces, space, [space.id, space.refId]);
    for (const variable of this.items('contentVariables'))
      index(this.#contentVariables, variable, variable.names);
  }

  items(section: string): readonly Outline[] {
    return this.#bot.items.get(section) ?? [];
  }

  /** A dialog and the components it uses: those of its nodes, and those of their nodes. */
  partsOf(dialog: Outline): readonly Outline[] {
    const known = this.#parts.get(dialog.index);
    if (known) return known;
    const parts = new Set([dialog]);
    // A set is walked in the order of insertion, what is added on the way included.
    for (const part of parts) {
      for (const { kind, value } of part.links) {
        const component = kind === 'node' ? this.#components.get(value) : undefined;
        if (component) parts.add(component);
      }
    }
    const found = [...parts];
    this.#parts.set(dialog.index, found);
    return found;
  }

  /** The references a dialog makes, through its nodes and components, except those to its own parts. */
  ofDialog(dialog: Outline): Reference[] {
    const own = new Set(this.partsOf(dialog));
    return this.partsOf(dialog).flatMap((part) =>
      this.#resolve(part, part.links, dialog).filter(
        ({ target }) => target === undefined || !own.has(target),
      ),
    );
  }

  /** The references an item of another section makes. */
  ofItem(item: Outline): Reference[] {
    return this.#resolve(item, item.links, item);
  }

  /** The references of a section that is no list. */
  ofValue(section: string): Reference[] {
    return this.#resolve({ section, index: -1 }, this.#bot.values.get(section) ?? [], undefined);
  }

  /** Keys of the environment variables that anything uses. */
  usedVariables(): string[] {
    return this.#valuesOf('environment variable');
  }

  /** Keys of what anything uses as a content variable, whether the bot has it or not. */
  usedContentVariables(): string[] {
    return this.#valuesOf('content variable');
  }

  #valuesOf(target: Target): string[] {
    const links = [...this.#bot.items.values()].flat().flatMap(({ links }) => links);
    return [...new Set(links.flatMap(({ to, value }) => (to === target ? [value] : [])))];
  }

  #resolve({ section, index: at }: Holder, links: readonly Link[], task: Outline | undefined): Reference[] {
    const from = { section, index: at };
    return links.flatMap((link) => {
      const target = this.#find(link);
      return target !== undefined || mustResolve(link) ? [{ from, task, link, target }] : [];
    });
  }

  #find({ to, value }: Link): Outline | undefined {
    switch (to) {
      case 'dialog':
        return this.#dialogs.get(value) ?? this.#dialogOfIntent(value);
      case 'component':
        return this.#components.get(value);
      case 'form':
        return this.#forms.get(value);
      case 'profile':
        return this.#profiles.get(value);
      case 'name space':
        return this.#nameSpaces.get(value);
      case 'content variable':
        return this.#contentVariables.get(value);
      default:
        return undefined;
    }
  }

  /** A reference to an intent is one to the dialog it starts. */
  #dialogOfIntent(value: string): Outline | undefined {
    const component = this.#components.get(value);
    if (component?.type !== 'intent' || component.belongsTo === undefined) return undefined;
    return this.#dialogs.get(component.belongsTo);
  }

  /** Whether the bot has an environment variable: those are no items, config.json has them. */
  hasVariable(key: string): boolean {
    return this.#environment.has(key);
  }
}

/**
 * Fields that always hold a reference of this kind: what they name should be in the bot. Other texts that merely look
 * like ids, words in a script that merely look like content variables, and name spaces, which real bots keep long after
 * they are gone, are references only if they lead somewhere.
 */
function mustResolve({ kind, to }: Link): boolean {
  const mayBeStale = to === 'content variable' || to === 'name space';
  return !mayBeStale && kind !== 'mention' && kind !== 'interruption' && kind !== 'retry';
}

function index(map: Map<string, Outline>, item: Outline, names: readonly (string | undefined)[]): void {
  for (const name of names) if (name !== undefined && !map.has(name)) map.set(name, item);
}
