/* What stays around every page: where one is, how fresh the data is, how to leave. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { endedBecause, endSession, key } from "./access/session";
import { LockIcon } from "./alerts/icons";
import { ConnectionBadge } from "./live/connection-badge";
import { streamProblem } from "./live/feed";
import { ALERTS, isWithin, SECTIONS } from "./navigation";
import { Mark, SignOutIcon } from "./ui/icons";
import { Notice } from "./ui/notice";
import { ThemeButton } from "./ui/theme-button";

function Navigation({ path }: { path: string }) {
  const nav = useRef<HTMLElement>(null);
  // On a phone the row is wider than the screen: where one is must be seen.
  useEffect(() => {
    const link = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (nav.current && link)
      nav.current.scrollLeft = link.offsetLeft - (nav.current.clientWidth - link.offsetWidth) / 2;
  }, [path]);
  return (
    <nav class="nav" aria-label="Sections" ref={nav}>
      <ul>
        {SECTIONS.map((section) => (
          <li key={section.path}>
            <a href={section.path} aria-current={isWithin(section, path) ? "page" : undefined}>
              <section.icon />
              <span>{section.label}</span>
              {key.value === undefined && !section.isPublic && (
                <span class="locked" title="Needs a key">
                  <LockIcon />
                  <span class="visually-hidden">, sign in first</span>
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Leave() {
  if (key.value === undefined) {
    return (
      <a class="button small" href="/">
        Sign in
      </a>
    );
  }
  return (
    <button type="button" class="icon-button" aria-label="Sign out" title="Sign out" onClick={() => endSession()}>
      <SignOutIcon />
    </button>
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
        {/* The pages of alerts say it in local time. */}
        <ConnectionBadge isBrief={isWithin(ALERTS, path)} />
        <div class="top-actions">
          <ThemeButton />
          <Leave />
        </div>
      </header>
      <Navigation path={path} />
      <main class="main" id="main" tabIndex={-1}>
        {key.value === undefined && endedBecause.value !== undefined && (
          <Notice kind="warning" title="You were signed out">
            {endedBecause.value}
          </Notice>
        )}
        {streamProblem.value !== undefined && <Notice kind="error">{streamProblem.value}</Notice>}
        {children}
      </main>
    </div>
  );
}
