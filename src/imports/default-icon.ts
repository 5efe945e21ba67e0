/** The icon of a bot that came without one: a plain face, 40 by 40 pixels, PNG. */
export const defaultIcon = Buffer.from(
  [
    'iVBORw0KGgoAAAANSUhEUgAAACgAAAAoCAMAAAC7IEhfAAAACVBMVEX///8mVHz///9DYB9LAAAAA3RSTlMA//9E',
    'UNYhAAAAR0lEQVR42mNgGGjAiAcQqQxFKbEKGRmJVDmqkCiFTECAkETmoSpkYkKWQ+ENGoVEe2Y0UVBLIRMaoFzh',
    'IPY19Usz4gvSgQEAYikE0TMeu60AAAAASUVORK5CYII=',
  ].join(''),
  'base64',
);
