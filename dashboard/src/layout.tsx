/* What stays around every page: where one is, how fresh the data is, how to leave. */
import type { ComponentChildren } from "preact";
import { useLocation } from "preact-iso/router";
import { endSession } from "./access/session";
import { ConnectionBadge } from "./live/connection-badge";
import { streamProblem } from "./live/feed";
import { SECTIONS, type Section } from "./navigation";
import { Mark, SignOutIcon } from "./ui/icons";
import { Notice } from "./ui/notice";
import { ThemeToggle } from "./ui/theme-toggle";

const isHere = (section: Section, path: string): boolean =>
  section.path === "/" ? path === "/" : path === section.path || path.startsWith(`${section.path}/`);

function Navigation({ path }: { path: string }) {
  return (
    <nav class="nav" aria-label="Sections">
      <ul>
        {SECTIONS.map((section) => (
          <li key={section.path}>
            <a href={section.path} aria-current={isHere(section, path) ? "page" : undefined}>
              <section.icon />
              <span>{section.label}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export function Layout({ children }: { children: ComponentChildren }) {
  const { path } = useLocation();
  return (
    <div class="layout">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="/" aria-label="Tidings, overview">
          <Mark />
          <span class="brand-name">Tidings</span>
        </a>
        <ConnectionBadge />
        <div class="top-actions">
          <ThemeToggle />
          <button type="button" class="icon-button" aria-label="Sign out" title="Sign out" onClick={() => endSession()}>
            <SignOutIcon />
          </button>
        </div>
      </header>
      <Navigation path={path} />
      <main class="main" id="main" tabIndex={-1}>
        {streamProblem.value !== undefined && <Notice kind="error">{streamProblem.value}</Notice>}
        {children}
      </main>
    </div>
  );
}
