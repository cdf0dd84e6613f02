package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.output.MigrateResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Actor;
import school.lectern.auth.AuditMode;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.TokenSettings;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.StorageException;

/** How the tables come to be and are upgraded, on one database. */
abstract class SchemaContract {

    /** Foreign to the tables of today: what version 1 of the library made them from. */
    private static final String VERSION_1 = read("version-1.sql");

    private static final int NODES = 8;

    private static final boolean LONG = Boolean.getBoolean("lectern.long");

    private HikariDataSource source;

    abstract HikariDataSource empty() throws SQLException;

    /** The name of the folder with the files. */
    abstract String name();

    /** The statement of version 1 with this database's types. */
    abstract String fill(String template);

    /** Queries of the database's own catalogs, for all that distinguishes tables. */
    abstract List<String> catalogs();

    /** How often many start at once: a server may take seconds for it. */
    abstract int rounds();

    /** What a node does, without what keeps the nodes of one process apart. */
    void start() throws SQLException {
        try (Connection connection = source.getConnection()) {
            Schema schema = new Schema(connection, DatabaseProduct.of(connection), "lectern_");
            schema.create();
            schema.check();
        }
    }

    @BeforeEach
    void open() throws SQLException {
        source = empty();
    }

    @AfterEach
    void close() {
        source.close();
    }

    @Test
    void a_new_installation_and_an_upgraded_one_have_the_same_tables() throws SQLException {
        List<String> expected = newInstallation();
        runAll(version1());
        assertThat(tables()).isNotEqualTo(expected);
        H2.execute(source, "UPDATE lectern_counter SET number = 41, lease_millis = 3000");
        H2.execute(source, "INSERT INTO lectern_tenants (tenant_id, suspended_at) VALUES ('123', 7)");

        create();
        assertThat(tables()).isEqualTo(expected);
        assertThat(counter()).containsExactly(1L, 41L, 3000L, 3000L);
        assertThat(H2.number(source, "SELECT suspended_at FROM lectern_tenants"))
                .isEqualTo(7);
    }

    /** Until version 3, the tokens of a user were those that the user created. */
    @Test
    void an_upgrade_takes_the_creator_for_the_user_who_was_shown_the_secret_and_does_so_once() throws SQLException {
        runAll(version1());
        insertToken("one", "'ada'");
        insertToken("two", "NULL");
        create();
        assertThat(tokensWhere("token_uuid = 'one' AND secret_shown_to = 'ada'"))
                .isEqualTo(1);
        assertThat(tokensWhere("token_uuid = 'two' AND secret_shown_to IS NULL"))
                .isEqualTo(1);

        // As where the application itself regenerates it.
        H2.execute(source, "UPDATE lectern_tokens SET secret_shown_to = NULL");
        runAll(files());
        assertThat(tokensWhere("secret_shown_to IS NULL")).isEqualTo(2);
    }

    private void insertToken(String id, String createdBy) throws SQLException {
        H2.execute(
                source,
                "INSERT INTO lectern_tokens (token_uuid, tenant_id, environment, name, selector, hash_algorithm, hash,"
                        + " visible_prefix, scopes, created_at, created_by, revision) VALUES ('" + id
                        + "', '123', 'live', 'CI', '" + id + "', 'sha256', '00', '', '', 0, " + createdBy + ", 0)");
    }

    private long tokensWhere(String condition) throws SQLException {
        return H2.number(source, "SELECT COUNT(*) FROM lectern_tokens WHERE " + condition);
    }

    @Test
    void the_files_make_the_same_tables_by_hand() throws SQLException {
        List<String> expected = newInstallation();
        runAll(files());
        JdbcStorage.builder(source).deadline(Patience.DEADLINE).open().close();
        assertThat(tables()).isEqualTo(expected);
        assertThat(counter()).containsExactly(1L, 0L, 1000L, 1000L);
    }

    @Test
    void flyway_makes_the_same_tables_from_the_files() throws SQLException {
        List<String> expected = newInstallation();
        assertThat(migrate(source).migrationsExecuted).isEqualTo(3);
        JdbcStorage.builder(source).deadline(Patience.DEADLINE).open().close();
        assertThat(tablesBesideFlyways()).isEqualTo(expected);
    }

    @Test
    void flyway_takes_over_tables_that_the_library_made() throws SQLException {
        List<String> expected = newInstallation();
        create();
        assertThat(migrate(source).migrationsExecuted).isEqualTo(3);
        JdbcStorage.builder(source).deadline(Patience.DEADLINE).open().close();
        assertThat(tablesBesideFlyways()).isEqualTo(expected);
    }

    /** As the guide has it for one of them. */
    MigrateResult migrate(DataSource dataSource) {
        return Flyway.configure()
                .dataSource(dataSource)
                .locations("classpath:school/lectern/auth/jdbc/ddl/" + name())
                .table("lectern_history")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load()
                .migrate();
    }

    private List<String> tablesBesideFlyways() throws SQLException {
        return tables().stream()
                .filter(row -> !row.toLowerCase(Locale.ROOT).contains("lectern_history"))
                .toList();
    }

    @Test
    void tables_that_are_missing_or_of_another_version_are_refused_in_a_line_that_says_what_to_do()
            throws SQLException {
        assertRefused("there are no tables of lectern-auth with the prefix \"lectern_\"; make them with createTables(),"
                + " or V1__lectern_auth.sql, V2__confirm_millis.sql, V3__states_and_bounds.sql of ddl/%s/");
        runAll(version1());
        assertRefused("the tables with the prefix \"lectern_\" are of version 1, and this version of lectern-auth works"
                + " with version 3; upgrade them with createTables(), or V2__confirm_millis.sql,"
                + " V3__states_and_bounds.sql of ddl/%s/");
        create();
        H2.execute(source, "INSERT INTO lectern_schema_version (version) VALUES (99)");
        String newer =
                "the tables with the prefix \"lectern_\" are of version 99, and this version of lectern-auth works"
                        + " with version 3; a newer one has upgraded them: use that";
        assertRefused(newer);
        assertThatThrownBy(this::create).isInstanceOf(StorageException.class).hasMessage(newer);
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() ->
                        JdbcStorage.builder(source).deadline(Patience.DEADLINE).open())
                .isInstanceOf(StorageException.class)
                .hasMessage(message.formatted(name()));
    }

    @Test
    void a_start_that_broke_off_is_taken_up_again() throws SQLException {
        List<String> expected = newInstallation();
        for (int done = 2; done <= files().size(); done += LONG ? 1 : 4) {
            runAll(files().subList(0, done));
            create();
            assertThat(tables()).as("after %d statements", done).isEqualTo(expected);
            assertThat(counter()).containsExactly(1L, 0L, 1000L, 1000L);
            dropAll();
        }
    }

    /** A node may come to it late, when others have long been at work. */
    @Test
    void a_statement_that_is_run_again_changes_nothing() throws SQLException {
        List<String> expected = newInstallation();
        create();
        H2.execute(source, "UPDATE lectern_counter SET number = 7, lease_millis = 500, confirm_millis = 2000");
        runAll(files());
        assertThat(tables()).isEqualTo(expected);
        assertThat(counter()).containsExactly(1L, 7L, 500L, 2000L);
        assertThat(H2.number(source, "SELECT COUNT(*) FROM lectern_schema_version"))
                .isEqualTo(3);
    }

    @Test
    void a_node_of_version_1_goes_on_after_an_upgrade() throws SQLException {
        List<String> expected = newInstallation();
        create();
        List<String> old = version1();
        runAll(old.subList(0, old.size() - 1));
        H2.execute(source, "UPDATE lectern_counter SET number = number + 1 WHERE id = 1");
        H2.execute(source, "INSERT INTO lectern_counter (id, number, lease_millis) VALUES (2, 0, 1000)");
        assertThat(tables()).isEqualTo(expected);
    }

    @Test
    void nodes_that_start_at_once_do_not_collide() throws Exception {
        List<String> expected = newInstallation();
        for (int round = 0; round < rounds() * (LONG ? 20 : 1); round++) {
            startAtOnce();
            assertThat(tables()).isEqualTo(expected);
            assertThat(counter()).containsExactly(1L, 0L, 1000L, 1000L);
            dropAll();

            runAll(version1());
            startAtOnce();
            assertThat(tables()).isEqualTo(expected);
            assertThat(counter()).containsExactly(1L, 0L, 1000L, 1000L);
            dropAll();
        }
    }

    /** All of them, and one more that is killed half-way. */
    private void startAtOnce() throws Exception {
        CyclicBarrier start = new CyclicBarrier(NODES + 1);
        Callable<Boolean> node = () -> {
            start.await();
            start();
            return true;
        };
        List<Callable<Boolean>> nodes = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            nodes.add(node);
        }
        nodes.add(() -> {
            start.await();
            return runUntilKilled();
        });
        ExecutorService threads = Executors.newFixedThreadPool(nodes.size());
        try {
            for (Future<Boolean> started : threads.invokeAll(nodes)) {
                started.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    boolean runUntilKilled() {
        try {
            runAll(files().subList(0, ThreadLocalRandom.current().nextInt(files().size())));
            return true;
        } catch (SQLException lostToAnother) {
            return false;
        }
    }

    /** Whatever the library does, apart from making its tables. */
    void works(HikariDataSource asUser) {
        JdbcStorage storage =
                JdbcStorage.builder(asUser).deadline(Patience.DEADLINE).open();
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT, storage.tokens())
                .limits(storage.limits())
                .audit(storage.audit(), AuditMode.DURABLE)
                .build();
        TokenSettings settings = new TokenSettings().name("t").scopes(ScopeSet.parse("read:learners"));
        assertThat(auth.issuer()
                        .issue("123", TokenEnvironment.LIVE, settings, Actor.application())
                        .orElseThrow())
                .isNotNull();
        assertThat(auth.issuer().suspend("123", Actor.application())).isNotNull();
        auth.close();
        storage.close();
        JdbcStorage.builder(asUser)
                .deadline(Patience.DEADLINE)
                .createTables()
                .open()
                .close();
    }

    HikariDataSource source() {
        return source;
    }

    void create() {
        SchemaExamples.create(source).close();
    }

    private List<String> newInstallation() throws SQLException {
        create();
        List<String> tables = tables();
        assertThat(tables).hasSizeGreaterThan(50);
        dropAll();
        return tables;
    }

    private void dropAll() throws SQLException {
        for (String table : List.of("tenants", "tokens", "counter", "changes", "limits", "audit", "schema_version")) {
            H2.execute(source, "DROP TABLE lectern_" + table);
        }
    }

    private List<Long> counter() throws SQLException {
        try (Connection connection = source.getConnection()) {
            return Database.query(
                            connection,
                            "SELECT id, number, lease_millis, confirm_millis FROM lectern_counter",
                            none -> {},
                            row -> List.of(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)))
                    .get(0);
        }
    }

    private List<String> tables() throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = source.getConnection()) {
            for (String query : catalogs()) {
                rows.addAll(Database.query(connection, query, none -> {}, row -> {
                    List<String> columns = new ArrayList<>();
                    for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                        columns.add(row.getString(i));
                    }
                    return columns.toString();
                }));
            }
        }
        // Names that the database made up.
        return rows.stream()
                .map(row -> row.replaceAll("(CONSTRAINT|PRIMARY_KEY|INDEX)_[0-9A-F]+\\b", "$1"))
                .sorted()
                .toList();
    }

    private void runAll(List<String> statements) throws SQLException {
        for (String sql : statements) {
            H2.execute(source, sql);
        }
    }

    /** As somebody would who has no tool: split at semicolons. */
    private List<String> files() {
        return Schema.FILES.stream()
                .map(file -> read("ddl/" + name() + "/" + file))
                .flatMap(script -> Arrays.stream(script.strip().split(";")))
                .toList();
    }

    private List<String> version1() {
        String script = VERSION_1.replaceAll("(?m)^--.*$", "").replace("${p}", "lectern_");
        return Arrays.stream(script.strip().split(";")).map(this::fill).toList();
    }

    private static String read(String name) {
        try (InputStream in = SchemaContract.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new IllegalStateException(unreadable);
        }
    }
}
