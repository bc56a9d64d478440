/* A route is said once: method, path, what it takes, what it answers, what it does. The router, the permission and the
 * reference at /openapi.json are all made from it, so none of them can forget one. Parameters are parsed here; bodies
 * by the handler (read-body.ts), because their limits and their errors differ. */
import * as z from "zod";
import type { Permission } from "../domain/access/roles";
import { AppError, type ErrorCode } from "../domain/error";
import { fieldErrors } from "../domain/problem";
import { Timestamp } from "../domain/time";
import type { AppContext } from "./context";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What an answer looks like. Without a schema it has no JSON body. */
export interface AnswerDescription {
  description: string;
  schema?: z.ZodType;
  contentType?: string;
}

export interface Description<P extends z.ZodObject = z.ZodObject, Q extends z.ZodObject = z.ZodObject> {
  method: Method;
  /** Below the group's path, in the router's form: `/:symbol`. */
  path: string;
  summary: string;
  detail?: string;
  params?: P;
  query?: Q;
  /** For the reference only: the handler reads and parses it. */
  body?: z.ZodType;
  /** Header names a client may send, with their meaning. */
  headers?: Record<string, string>;
  answers: Record<number, AnswerDescription>;
  /** Refusals besides those of the door (401, 403) and of everybody (500). */
  errors?: readonly ErrorCode[];
}

export interface Route extends Description {
  handle(c: AppContext): Response | Promise<Response>;
}

/** Everybody while the topic is public (PUBLIC_TOPICS), otherwise whoever holds the permission. */
export interface OpenAccess {
  topic: string;
  permission: Permission;
}

/** Who gets in: whoever holds the permission, the opener of a stream (key, ticket or nobody), or everybody. */
export type Access = Permission | "stream" | "public" | OpenAccess;

export interface RouteGroup {
  tag: string;
  path: string;
  access: Access;
  routes: Route[];
}

export const group = (tag: string, path: string, access: Access, routes: Route[]): RouteGroup => ({
  tag,
  path,
  access,
  routes,
});

/** The whole path of a route, in the router's form. */
export const pathOf = (group: RouteGroup, path: string): string => (path === "/" ? group.path : group.path + path);

interface Input<P extends z.ZodObject, Q extends z.ZodObject> {
  params: z.infer<P>;
  query: z.infer<Q>;
}

const NONE = z.object({});

export function route<P extends z.ZodObject = typeof NONE, Q extends z.ZodObject = typeof NONE>(
  description: Description<P, Q>,
  handle: (c: AppContext, input: Input<P, Q>) => Response | Promise<Response>,
): Route {
  const params = (description.params ?? NONE) as P;
  const query = (description.query ?? NONE) as Q;
  return {
    ...description,
    handle: (c) => handle(c, { params: parse(params, c.req.param()), query: parse(query, queryOf(c, query)) }),
  };
}

/** What is said twice would be heard once: of two places only one would be watched. */
function queryOf(c: AppContext, { shape }: z.ZodObject): Record<string, string> {
  const given = c.req.queries();
  const twice = Object.keys(shape).find((name) => (given[name]?.length ?? 0) > 1);
  if (twice !== undefined) throw badParameter(twice, "is given more than once");
  return c.req.query();
}

function parse<S extends z.ZodObject>(schema: S, input: unknown): z.infer<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  // A parameter has no place in a JSON document: it is named without the slash.
  const errors = fieldErrors(result.error).map((e) => ({ ...e, pointer: e.pointer.slice(1) }));
  throw new AppError("invalid_request", `Bad parameter: ${errors.map((e) => e.pointer).join(", ")}`, {}, errors);
}

/** A parameter that its schema takes and that means nothing all the same. */
export const badParameter = (pointer: string, detail: string): AppError =>
  new AppError("invalid_request", `${pointer} ${detail}.`, {}, [{ pointer, detail }]);

/** A time in a query: RFC 3339, or epoch ms in digits. */
export const TimeText = z
  .string()
  .transform((text) => (/^-?\d+$/.test(text) ? Number(text) : text))
  .pipe(Timestamp);

/** `?limit=` with its bounds. */
export const limit = (fallback: number, max: number) =>
  z.coerce.number().int().min(1).max(max).default(fallback).describe(`At most so many, 1-${max}`);

/** `?cursor=`, parsed to the place in the list that it names. Refused where it names none: it is mistyped, or another list's.
 * @param placeOf undefined for a text that this list's `next_cursor` never is */
export const cursorTo = <T>(placeOf: (text: string) => T | undefined) =>
  z
    .string()
    .max(400)
    .transform((text, ctx) => {
      const place = placeOf(text);
      if (place === undefined) ctx.addIssue("is no cursor of this list: send its `next_cursor`, or none to begin anew");
      return place ?? z.NEVER;
    })
    .optional()
    .describe("`next_cursor` of the page before");

/** A cursor that is the last row's name. */
export const cursorNamed = (name: z.ZodType<string>) => cursorTo((text) => name.safeParse(text).data);

/** A cursor of a list whose rows may have any name. */
export const cursor = cursorNamed(z.string().min(1));
