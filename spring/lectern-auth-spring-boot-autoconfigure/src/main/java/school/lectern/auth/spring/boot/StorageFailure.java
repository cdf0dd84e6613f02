package school.lectern.auth.spring.boot;

import java.util.List;
import school.lectern.auth.spi.StorageException;

/**
 * A reason why the database cannot be used, and the property that changes it. The library's own message names the setting of
 * its Java API.
 *
 * @param part a part of the library's message
 * @param action what to change in a Spring Boot application
 */
record StorageFailure(String part, String action) {

    private static final List<StorageFailure> KNOWN = List.of(
            new StorageFailure(
                    "there are no tables",
                    "Set lectern.auth.jdbc.initialize-schema=always, or create the tables with Flyway or Liquibase before the"
                            + " library opens"),
            new StorageFailure(
                    "are of version",
                    "Set lectern.auth.jdbc.initialize-schema=always, or upgrade the tables with Flyway or Liquibase before the"
                            + " library opens"),
            new StorageFailure(
                    "no second connection",
                    "Set spring.datasource.hikari.maximum-pool-size to at least 3, or remove it: the default is 10"),
            new StorageFailure(
                    "autocommit", "Set spring.datasource.hikari.auto-commit=true, or remove it: that is the default"),
            new StorageFailure(
                    "read-only", "Remove spring.datasource.hikari.read-only, or use a DataSource of the primary"),
            new StorageFailure(
                    "Galera", "Use one node for all processes, and set lectern.auth.jdbc.galera-with-one-writer=true"),
            new StorageFailure("H2", "Change the settings of H2 in spring.datasource.url"));

    /** Returns the exception that stops the start, with the properties of Spring Boot in its action. */
    static LecternAuthConfigurationException of(StorageException failed) {
        String message = String.valueOf(failed.getMessage());
        return new LecternAuthConfigurationException(
                "lectern-auth cannot use the database: " + message,
                KNOWN.stream()
                        .filter(known -> message.contains(known.part()))
                        .map(StorageFailure::action)
                        .findFirst()
                        .orElse("Check that the database runs, and spring.datasource.*"),
                failed);
    }
}
