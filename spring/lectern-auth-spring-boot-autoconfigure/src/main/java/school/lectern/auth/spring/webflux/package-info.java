/** WebFlux: a web filter that guards its requests, and the check of the handler that runs. */
@NullMarked
package school.lectern.auth.spring.webflux;

import org.jspecify.annotations.NullMarked;
