/** The limit of bindings in the tests of windows, in bytes. */

export const LIMIT = 65536;
