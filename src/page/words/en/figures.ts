/** Numbers in English. */
import { figuresOf } from '../figures.js';

export const FIGURES = figuresOf('en', ' %');
