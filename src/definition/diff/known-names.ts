import { isObject, textOf } from '../item.ts';
import type { Item } from './items.ts';
import { type ItemName, nameItem } from './words.ts';

/** Names met in what was taken in. */
export class KnownNames {
  readonly names = new Map<string, string>();
  readonly dialogs = new Map<string, string>();

  learn(section: string, item: Item, language: string): ItemName {
    const named = nameItem(section, item.value, item.index, language);
    if (section !== 'dialogs' && section !== 'dialogComponents') return named;
    for (const id of [named.id, named.refId]) {
      if (id !== undefined && !this.names.has(id)) this.names.set(id, named.name);
    }
    if (section === 'dialogs') {
      for (const id of componentsOf(item.value)) {
        if (!this.dialogs.has(id)) this.dialogs.set(id, named.name);
      }
    }
    return named;
  }
}

/** Ids of the components of the nodes, and of nodes in them. */
function componentsOf(holder: unknown): string[] {
  if (!isObject(holder)) return [];
  const own = textOf(holder.componentId);
  const nodes = Array.isArray(holder.nodes) ? holder.nodes.flatMap(componentsOf) : [];
  return own === undefined ? nodes : [own, ...nodes];
}
