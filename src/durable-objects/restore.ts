/* Point-in-time recovery of an object's storage: the platform keeps 30 days, the local runtime keeps nothing. */
import { err, ok, type Result } from "../domain/result";

/** Prepares the next session; the error is the platform's own sentence. */
export async function restoreStorage(storage: DurableObjectStorage, at: number): Promise<Result<string, string>> {
  try {
    return ok(await storage.onNextSessionRestoreBookmark(await storage.getBookmarkForTime(at)));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}
