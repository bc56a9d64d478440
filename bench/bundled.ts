/* Loads what is measured without a server: the product's own code, which is written for another runtime. */
import { loadModule } from "../tools/bundled.ts";

/** @param file from this folder. `T` is what it exports: it belongs to another TypeScript project, so it is not imported
 * for its types. */
export const loadBundled = <T>(file: string): Promise<T> => loadModule<T>(new URL(file, import.meta.url));
