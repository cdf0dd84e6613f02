/**
 * HTTP without a server: the rules of routes, the guard that decides by them, the management API, and the principal that handlers
 * see. {@link school.lectern.auth.http.HttpGuard} is where an adapter for a server starts.
 */
@NullMarked
package school.lectern.auth.http;

import org.jspecify.annotations.NullMarked;
