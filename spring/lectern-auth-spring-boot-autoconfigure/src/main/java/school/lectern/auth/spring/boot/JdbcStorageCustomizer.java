package school.lectern.auth.spring.boot;

import school.lectern.auth.jdbc.JdbcStorage;

/** Changes how the database is used. A bean of this type is called after the properties were applied. */
@FunctionalInterface
public interface JdbcStorageCustomizer {

    /**
     * Changes the settings.
     *
     * @param builder has the settings of the properties as {@linkplain JdbcStorage.Builder#defaults defaults}: a setting of the
     *     customizer replaces them
     */
    void customize(JdbcStorage.Builder builder);
}
