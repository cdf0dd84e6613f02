/** Spring MVC: scopes of handlers as annotations, and the check of the operation that runs. */
@NullMarked
package school.lectern.auth.spring.web;

import org.jspecify.annotations.NullMarked;
