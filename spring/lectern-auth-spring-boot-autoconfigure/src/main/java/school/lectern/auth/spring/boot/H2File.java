package school.lectern.auth.spring.boot;

import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.springframework.beans.BeanWrapper;
import org.springframework.beans.PropertyAccessorFactory;
import org.springframework.core.env.Environment;

/**
 * Refuses a file of H2 that H2 closes at the stop signal. Spring and H2 stop at the same time, so requests would fail that
 * Spring still waits for, and their last audit rows would be lost. No query shows the setting, so it is read from the URL.
 */
final class H2File {

    /** A file in this process: neither a database in memory nor a server. */
    private static final Pattern IN_FILE = Pattern.compile("(?i)jdbc:h2:(?!mem:|tcp:|ssl:|(nio)?mem(fs|lz4):).*");

    private static final Pattern STAYS_OPEN = Pattern.compile("(?i).*;DB_CLOSE_ON_EXIT=(FALSE|F|NO|N|0)(;.*)?");

    /** How pools, and DataSources without one, name their URL. */
    private static final String[] URLS = {"jdbcUrl", "url", "URL"};

    private H2File() {}

    /**
     * Checks the URL of a DataSource, if it is known.
     *
     * @throws LecternAuthConfigurationException if H2 would close its file at the stop signal
     */
    static void requireOpenUntilTheEnd(DataSource dataSource, Environment environment) {
        String url = url(dataSource).orElseGet(() -> environment.getProperty("spring.datasource.url", ""));
        if (IN_FILE.matcher(url).matches() && !STAYS_OPEN.matcher(url).matches()) {
            throw new LecternAuthConfigurationException(
                    "lectern-auth cannot use the database: H2's DB_CLOSE_ON_EXIT must be FALSE for a file, since H2 would"
                            + " otherwise close it when the process receives the stop signal, while requests are running",
                    "Add ;DB_CLOSE_ON_EXIT=FALSE to spring.datasource.url");
        }
    }

    private static Optional<String> url(DataSource dataSource) {
        BeanWrapper properties = PropertyAccessorFactory.forBeanPropertyAccess(dataSource);
        if (properties.isReadableProperty("targetDataSource")
                && properties.getPropertyValue("targetDataSource") instanceof DataSource target) {
            return url(target);
        }
        return Stream.of(URLS)
                .filter(properties::isReadableProperty)
                .map(properties::getPropertyValue)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .findFirst();
    }
}
