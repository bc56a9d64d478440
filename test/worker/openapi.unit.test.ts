/* The reference: valid, and about every route there is. */
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { ERRORS } from "../../src/domain/error";
import { app, GROUPS } from "../../src/worker/app";
import { referencePage } from "../../src/worker/docs-page";
import { openApi } from "../../src/worker/openapi";

const document = openApi(GROUPS);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe("the OpenAPI document", () => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const result = await validator.validate(JSON.parse(JSON.stringify(document)));
    expect(result.errors ?? []).toEqual([]);
    expect([result.valid, validator.version]).toEqual([true, "3.1"]);
  });

  it("describes every route of the router, and no other", () => {
    const routed = app.routes
      .filter((route) => route.method !== "ALL")
      .map((route) => `${route.method} ${route.path.replace(/:(\w+)/g, "{$1}")}`);
    const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    expect(described.toSorted()).toEqual([...new Set(routed)].toSorted());
  });

  it("names each operation once and says what each needs", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const open = operations.filter(({ operation }) => operation.security.length === 0).map(({ path }) => path);
    // A ping carries its key in its address.
    const others = open.filter((path) => !path.startsWith("/ping/") && !path.startsWith("/api/push/"));
    expect(others.toSorted()).toEqual(["/docs", "/healthz", "/openapi.json"]);
  });

  it("has a parameter for each variable of a path", () => {
    for (const { path, operation } of operations) {
      const variables = Array.from(path.matchAll(/\{(\w+)\}/g), (match) => match[1]);
      const described = (operation.parameters ?? []).filter((p) => p.in === "path").map((p) => p.name);
      expect([path, described]).toEqual([path, variables]);
    }
  });

  it("says of every body that it may be refused, and of every refusal that it is a problem document", () => {
    for (const { path, method, operation } of operations) {
      const statuses = Object.keys(operation.responses);
      const refusals = operation.requestBody === undefined ? [] : ["400", "413", "415"];
      expect([method, path, statuses]).toEqual([method, path, expect.arrayContaining([...refusals, "default"])]);
      for (const status of statuses.filter((one) => one === "default" || Number(one) >= 400)) {
        expect([path, status, operation.responses[status]?.content]).toMatchObject([
          path,
          status,
          { "application/problem+json": {} },
        ]);
      }
    }
  });

  it("says what may be posted", () => {
    const text = JSON.stringify(document.paths["/api/v1/prices"]?.post?.requestBody);
    for (const field of ["symbol", "price", "timestamp", "volume", "source_seq"]) expect(text).toContain(`"${field}"`);
    expect(text).toContain('"additionalProperties":false');
  });
});

describe("the reference page", () => {
  const page = referencePage(document);

  it("shows every operation and explains every problem", () => {
    for (const { operation } of operations) expect(page).toContain(`id="${operation.operationId}"`);
    for (const code of Object.keys(ERRORS)) expect(page).toContain(`id="problem-${code}"`);
  });

  it("says which keys are needed", () => {
    const needs = (id: string) => new RegExp(`id="${id}".*?<small>Needs: ([^<]+)\\.</small>`, "s").exec(page)?.[1];
    expect(needs("getHealthz")).toBe("public");
    expect(needs("getApiV1Prices")).toBe("key");
    expect(needs("getApiV1Alerts")).toBe("key, unless its topic is public");
  });

  it("loads nothing and runs nothing", () => {
    expect(page).not.toMatch(/<script|src=|https?:|@import|url\(/i);
  });
});
