/*
 * The text around the items of a list that is a member of the top-level object. A run of items is stored with the
 * separators between them, so that runs and these few characters make the text of the list.
 */
export const listStart = '[\n        ';
export const listSeparator = ',\n        ';
export const listEnd = '\n    ]';

/** The level such a list stands at. */
export const listLevel = 1;
