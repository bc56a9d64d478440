/* The reference, OpenAPI 3.1, made from the same descriptions and zod schemas that the routes run on. */
import * as z from "zod";
import { version } from "../../package.json";
import { ERRORS, type ErrorCode } from "../domain/error";
import { Problem } from "../domain/problem";
import { type Access, type AnswerDescription, pathOf, type Route, type RouteGroup } from "./route";

type Json = Record<string, unknown>;

export interface OpenApiDocument {
  openapi: "3.1.0";
  info: Json;
  servers: Json[];
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: Json;
}

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: Json[];
  parameters?: Json[];
  requestBody?: Json;
  responses: Record<string, Json>;
}

export function openApi(groups: RouteGroup[]): OpenApiDocument {
  const paths: OpenApiDocument["paths"] = {};
  for (const group of groups) {
    for (const route of group.routes) {
      const path = pathOf(group, route.path).replace(/:(\w+)/g, "{$1}");
      paths[path] ??= {};
      paths[path][route.method.toLowerCase()] = operationOf(group, route, path);
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Tidings",
      version,
      description:
        "Prices from many sources to everyone who must know: in order, once, and durable before acknowledged.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: [...new Set(groups.map((group) => group.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: jsonSchema(Problem, "output") },
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "An API key" },
        ticket: { type: "apiKey", in: "query", name: "ticket", description: "A stream ticket (browsers)" },
      },
    },
  };
}

function operationOf(group: RouteGroup, route: Route, path: string): Operation {
  const parameters = [
    ...parametersOf(route.params, "path"),
    ...parametersOf(route.query, "query"),
    ...Object.entries(route.headers ?? {}).map(([name, description]) => {
      return { name, in: "header", required: false, description, schema: { type: "string" } };
    }),
  ];
  return {
    operationId: `${route.method.toLowerCase()}${path.replace(/\W+(\w?)/g, (_, next: string) => next.toUpperCase())}`,
    tags: [group.tag],
    summary: route.summary,
    ...(route.detail === undefined ? {} : { description: route.detail }),
    security: securityOf(group.access),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: json(route.body, "input") } }),
    responses: { ...answersOf(route.answers), ...refusalsOf(group.access, route) },
  };
}

const SECURITY: Record<string, Json[]> = { public: [], stream: [{ key: [] }, { ticket: [] }] };
const securityOf = (access: Access): Json[] =>
  typeof access === "object" ? [{}, { key: [] }] : (SECURITY[access] ?? [{ key: [] }]);

function parametersOf(schema: z.ZodObject | undefined, place: "path" | "query"): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: property,
  }));
}

function answersOf(answers: Record<number, AnswerDescription>): Record<string, Json> {
  const entries = Object.entries(answers).map(([status, { description, schema, contentType }]) => {
    const content = schema === undefined ? textContent(contentType) : json(schema, "output");
    return [status, { description, ...(content === undefined ? {} : { content }) }];
  });
  return Object.fromEntries(entries);
}

const textContent = (type: string | undefined): Json | undefined =>
  type === undefined ? undefined : { [type]: { schema: { type: "string" } } };

/** What is answered wherever a body is read (read-body.ts), and wherever parameters are (route.ts). */
const OF_BODIES: readonly ErrorCode[] = ["invalid_request", "too_large", "unsupported_encoding"];
const OF_PARAMETERS: readonly ErrorCode[] = ["invalid_request"];
const OF_DOORS: readonly ErrorCode[] = ["unauthorized", "forbidden"];

/** What a door refuses by itself, and what the route adds; one answer per status. */
function refusalsOf(access: Access, { body, params, query, errors = [] }: Route): Record<string, Json> {
  const codes = new Set<ErrorCode>([
    ...(access === "public" ? [] : OF_DOORS),
    ...(params === undefined && query === undefined ? [] : OF_PARAMETERS),
    ...(body === undefined ? [] : OF_BODIES),
    ...errors,
  ]);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(ERRORS[code][0], [...(byStatus.get(ERRORS[code][0]) ?? []), code]);
  const entries = Array.from(byStatus, ([status, listed]) => {
    const description = listed.map((code) => ERRORS[code][1]).join("; ");
    return [status, problemAnswer(description)];
  });
  const others = problemAnswer(
    "Any other refusal: too many requests, a failure of ours, a part that cannot be reached",
  );
  return { ...Object.fromEntries(entries), default: others };
}

const problemAnswer = (description: string): Json => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

const json = (schema: z.ZodType, io: "input" | "output"): Json => ({
  "application/json": { schema: jsonSchema(schema, io) },
});

function jsonSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
