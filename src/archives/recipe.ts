import { z } from 'zod';

/** A reference to a stored segment and the bytes it adds to the archive. */
export interface SegmentPart {
  segment: string;
  length: number;
}

/** Bytes that stand in the recipe itself, as base64. */
export interface LiteralPart {
  literal: string;
}

/** Ordered segments and literals that are, byte for byte, an archive. */
export interface Recipe {
  parts: (SegmentPart | LiteralPart)[];
  /** Bytes of the archive. */
  size: number;
  /** SHA-256 over the parts: recipes of equal digest make equal archives. */
  digest: string;
}

const schema = z.object({
  parts: z.array(
    z.union([z.object({ segment: z.string(), length: z.number() }), z.object({ literal: z.string() })]),
  ),
  size: z.number(),
  digest: z.string(),
});

export function parseRecipe(text: string): Recipe {
  return schema.parse(JSON.parse(text));
}
