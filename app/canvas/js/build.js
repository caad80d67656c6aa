// Bundles src/ into ../bundle/canvas-HASH.js. The hash is of the content, so a new build is a new address
// and the old one may be cached for ever. `node build.js FOLDER` builds elsewhere (the test compares).
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2] ?? join(here, "..", "bundle");

const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/index.js"],
  bundle: true,
  charset: "ascii",
  format: "esm",
  legalComments: "inline",
  minify: true,
  target: "es2022",
  write: false,
});
const code = result.outputFiles[0].contents;
const name = `canvas-${createHash("sha256").update(code).digest("hex").slice(0, 16)}.js`;

await mkdir(folder, { recursive: true });
for (const old of await readdir(folder)) {
  if (/^canvas-[0-9a-f]+\.js$/.test(old)) await rm(join(folder, old));
}
await writeFile(join(folder, name), code);
console.log(`${name}: ${code.length} bytes`);
