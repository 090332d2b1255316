/** Numbers in Korean. */
import { figuresOf } from '../figures.js';

export const FIGURES = figuresOf('ko', '%');
