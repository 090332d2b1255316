/** The page in English: the other languages have all that stands here. */
import { ENGINE } from './en/engine.js';
import { TEACH } from './en/teach.js';

export const EN = {
  /** Of the language, in itself. */
  name: 'English',
  engine: ENGINE,
  teach: TEACH,
};

export type Words = typeof EN;
