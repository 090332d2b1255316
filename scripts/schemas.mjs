/** Writes the JSON Schemas of Weft's files, out of what was built: `node scripts/schemas.mjs`. Part of every build. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOCUMENTS, jsonSchema } from '../dist/src/cli/schema/documents.js';
import { ROOT } from './lib/host.mjs';

mkdirSync(join(ROOT, 'dist', 'schema'), { recursive: true });
for (const name of Object.keys(DOCUMENTS))
  writeFileSync(join(ROOT, 'dist', 'schema', `${name}.schema.json`), `${JSON.stringify(jsonSchema(name), null, 2)}\n`);
