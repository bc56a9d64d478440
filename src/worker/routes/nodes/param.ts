/* What the routes of one node share: its id in the path, and the answer where there is none. */
import * as z from "zod";
import { AppError } from "../../../domain/error";
import { NodeId } from "../../../domain/nodes/node";

export const NodeParam = z.object({ id: NodeId });

export const noNode = (id: string): AppError => new AppError("not_found", `There is no node ${id}.`);
