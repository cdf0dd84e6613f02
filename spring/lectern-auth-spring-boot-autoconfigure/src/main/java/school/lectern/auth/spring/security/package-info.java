/** Spring Security: a configurer that guards a chain with API tokens. */
@NullMarked
package school.lectern.auth.spring.security;

import org.jspecify.annotations.NullMarked;
