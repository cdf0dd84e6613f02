package school.lectern.auth.cache;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A proxy for a real object that counts the calls and lets a test run code before, after or instead of them. */
final class SpyTokenStore<T> {

    private final T real;
    private final T front;
    private final Map<String, Runnable> before = new ConcurrentHashMap<>();
    private final Map<String, Runnable> after = new ConcurrentHashMap<>();
    private final Map<String, Callable<Object>> instead = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();

    SpyTokenStore(Class<T> type, T real) {
        this.real = real;
        this.front = type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> enter(method, args)));
    }

    private volatile @Nullable Object lastArgument;

    private @Nullable Object enter(Method method, Object @Nullable [] args) throws Throwable {
        lastArgument = args == null ? null : args[0];
        String name = method.getName();
        calls.computeIfAbsent(name, none -> new AtomicInteger()).incrementAndGet();
        runOnce(before, name);
        Callable<Object> other = instead.get(name);
        Object result = other != null ? other.call() : callReal(method, args);
        runOnce(after, name);
        return result;
    }

    private @Nullable Object callReal(Method method, Object @Nullable [] args) throws Throwable {
        try {
            return method.invoke(real, args);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private static void runOnce(Map<String, Runnable> hooks, String name) {
        Runnable hook = hooks.remove(name);
        if (hook != null) {
            hook.run();
        }
    }

    T front() {
        return front;
    }

    /** Runs the hook once, before the next call of the method. */
    void before(String method, Runnable hook) {
        before.put(method, hook);
    }

    /** Runs the hook once, after the next call of the method and before it returns. */
    void after(String method, Runnable hook) {
        after.put(method, hook);
    }

    /** Replaces the method from now on. */
    void instead(String method, Callable<Object> other) {
        instead.put(method, other);
    }

    void asBefore(String method) {
        instead.remove(method);
    }

    /** Returns the first argument of the last call. */
    @Nullable
    Object lastArgument() {
        return lastArgument;
    }

    int calls(String method) {
        AtomicInteger count = calls.get(method);
        return count == null ? 0 : count.get();
    }

    int calls() {
        return calls.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    void forgetCalls() {
        calls.clear();
    }
}
