package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** One run of a contract against some storage: which of its tests passed, and which failed. */
final class ContractRun implements TestExecutionListener {

    private final Set<String> passed = new TreeSet<>();
    private final Set<String> failed = new TreeSet<>();

    private ContractRun() {}

    /** Runs all of it. */
    static ContractRun of(Class<?> contract) {
        return of(List.of(DiscoverySelectors.selectClass(contract)));
    }

    /** Runs these tests of it. */
    static ContractRun of(Class<?> contract, Set<String> tests) {
        return of(tests.stream()
                .map(test -> DiscoverySelectors.selectMethod(contract, test))
                .toList());
    }

    private static ContractRun of(List<? extends DiscoverySelector> selectors) {
        ContractRun run = new ContractRun();
        LauncherConfig config = LauncherConfig.builder()
                .enableTestExecutionListenerAutoRegistration(false)
                .enableLauncherSessionListenerAutoRegistration(false)
                .enableLauncherDiscoveryListenerAutoRegistration(false)
                .build();
        LauncherDiscoveryRequest request =
                LauncherDiscoveryRequestBuilder.request().selectors(selectors).build();
        LauncherFactory.create(config).execute(request, run);
        return run;
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        test.getSource()
                .filter(MethodSource.class::isInstance)
                .map(MethodSource.class::cast)
                .ifPresent(method -> {
                    boolean good = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
                    (good ? passed : failed).add(method.getMethodName());
                });
    }

    Set<String> failed() {
        return failed;
    }

    /** The planted bug shows in all of these tests. */
    void assertCaughtBy(Set<String> tests) {
        assertTrue(failed.containsAll(tests), "to fail: " + tests + ", failed: " + failed);
    }

    /** A bug that breaks every test shows nothing. */
    void assertSomePassed() {
        assertFalse(passed.isEmpty());
    }

    void assertAllPassed() {
        assertEquals(Set.of(), failed);
        assertFalse(passed.isEmpty());
    }

    /** A test that no planted bug fails may well be one that cannot fail. */
    static void assertEveryTestCaughtSomething(Class<?> contract, Set<String> failedOnce) {
        Set<String> idle = Arrays.stream(contract.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .map(method -> method.getName())
                .collect(Collectors.toCollection(TreeSet::new));
        idle.removeAll(failedOnce);
        assertEquals(Set.of(), idle, "tests that no planted bug fails");
    }
}
