/**
 * Contracts that storage implementations must meet, as JUnit classes to extend, and tokens for the tests of applications.
 *
 * <p>An implementation extends one class for each SPI: {@link school.lectern.auth.testkit.TokenStoreContract}, {@link
 * school.lectern.auth.testkit.ChangeFeedContract}, {@link school.lectern.auth.testkit.LimitStoreContract} and {@link
 * school.lectern.auth.testkit.AuditLogContract}. The subjects of a contract are nested test classes in it.
 */
@NullMarked
package school.lectern.auth.testkit;

import org.jspecify.annotations.NullMarked;
