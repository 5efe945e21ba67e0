/**
 * The file of a thread, named by the source next to the module that starts it. TypeScript rewrites the extensions of
 * imports when it builds the package, but not those of URLs.
 */
export function threadFile(source: string, module: string): URL {
  return new URL(module.endsWith('.js') ? source.replace(/\.ts$/, '.js') : source, module);
}
