/* Without a key there is only the door, and what everybody may see. */
import { LocationProvider, Route, Router, useLocation } from "preact-iso/router";
import { key } from "./access/session";
import { SignIn } from "./access/sign-in";
import { Layout } from "./layout";
import { isWithin, SECTIONS } from "./navigation";

function NotFound() {
  return (
    <section class="page">
      <h1>There is no such page</h1>
      <p>
        Go to{" "}
        {SECTIONS.map(({ path, label }, i) => (
          <span key={path}>
            {i > 0 && ", "}
            <a href={path}>{label}</a>
          </span>
        ))}
        .
      </p>
    </section>
  );
}

const routes = SECTIONS.flatMap((section) => section.routes);

/** A new page begins at its heading for keyboards and screen readers as well, not where the last one was left. */
function arrive(): void {
  document.getElementById("main")?.focus({ preventScroll: true });
}

function Page() {
  const { path } = useLocation();
  const isPublic = SECTIONS.some((section) => section.isPublic && isWithin(section, path));
  if (key.value === undefined && !isPublic) return <SignIn />;
  return (
    <Layout>
      <Router onRouteChange={arrive}>
        {routes.map((route) => (
          <Route key={route.path} path={route.path} component={route.component} />
        ))}
        <Route default component={NotFound} />
      </Router>
    </Layout>
  );
}

export function App() {
  return (
    // The API, its reference and health are not pages of this application.
    <LocationProvider scope={/^\/(?!api\/|docs|openapi\.json|healthz)/}>
      <Page />
    </LocationProvider>
  );
}
