/** The page in English: the other languages have all that stands here. */
import { ENGINE } from './en/engine.js';

export const EN = {
  /** Of the language, in itself. */
  name: 'English',
  engine: ENGINE,
};

export type Words = typeof EN;
