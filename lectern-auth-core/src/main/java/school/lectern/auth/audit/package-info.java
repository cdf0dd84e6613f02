/** What is written down of calls and of changes. */
@NullMarked
package school.lectern.auth.audit;

import org.jspecify.annotations.NullMarked;
