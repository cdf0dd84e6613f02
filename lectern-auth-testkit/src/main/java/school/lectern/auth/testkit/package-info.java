/** Contracts that storage has to keep, as JUnit classes to extend, and tokens for an application's tests. */
@NullMarked
package school.lectern.auth.testkit;

import org.jspecify.annotations.NullMarked;
