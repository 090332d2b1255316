/** The engine's thread: the page asks, this computes, so that the page never stutters. */
import { serve } from './services.js';

serve(self as unknown as Parameters<typeof serve>[0]);
