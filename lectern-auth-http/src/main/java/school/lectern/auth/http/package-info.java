/**
 * The HTTP layer, independent of a server: the rules of routes, the guard that evaluates them, the management API, and the
 * principal for handlers. Adapters for servers start with {@link school.lectern.auth.http.HttpGuard}.
 */
@NullMarked
package school.lectern.auth.http;

import org.jspecify.annotations.NullMarked;
